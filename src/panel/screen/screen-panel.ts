/** The panel of boards with a screen: screen, light, tone and buttons. */
import * as ds from "@devicescript/core"
import { runOnce, runTasks } from "../../fiber"
import { SampleSink } from "../../sensors/sensor"
import { Buttons } from "../buttons"
import { Panel, PanelSources } from "../panel"
import { addPanelSettings, readPanelSettings } from "../panel-settings"
import { PanelState } from "../panel-state"
import { Signals } from "../signals"
import { onPress, runScreen } from "./screen"
import { setState } from "./screen-state"

const POLL_MS = 100

/** undefined until the sensors exist */
let state: PanelState

export class ScreenPanel implements Panel {
    hasButtons = true

    begin() {
        addPanelSettings()
        runOnce("panel", runAll)
    }

    sink(sampler: SampleSink): SampleSink {
        state = new PanelState(sampler)
        return state
    }

    run(sources: PanelSources) {
        state.sources = sources
    }
}

/** The screen first: it shows what the rest waits for. */
async function runAll(): Promise<void> {
    const settings = await readPanelSettings()
    runScreen(settings)
    while (!state || !state.sources) await ds.sleep(POLL_MS)
    state.settings = settings
    setState(state)
    runTasks("panel", [new Signals(state), new Buttons(onPress)])
}
