/** The panel of boards with a screen: screen, light, tone and buttons. */
import * as ds from "@devicescript/core"
import { runOnce, runTasks, Task } from "../../fiber"
import { SampleSink } from "../../sensors/sensor"
import { Panel, PanelSources } from "../panel"
import { addPanelSettings, readPanelSettings } from "../panel-settings"
import { PanelState } from "../panel-state"
import { Draw, runLoop } from "./screen-loop"
import { setState } from "./screen-state"

const POLL_MS = 100

/** undefined until the sensors exist */
let state: PanelState

let drawScreen: Draw
let tasksBeside: (state: PanelState) => Task[]

export class ScreenPanel implements Panel {
    /**
     * @param hasButtons true: recalibration is a picture of its own
     * @param draw the screen
     * @param beside what else there is: light, tone, buttons; undefined: nothing
     */
    constructor(
        public hasButtons: boolean,
        draw: Draw,
        beside: (state: PanelState) => Task[],
    ) {
        drawScreen = draw
        tasksBeside = beside
    }

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
    runLoop(settings, drawScreen)
    while (!state || !state.sources) await ds.sleep(POLL_MS)
    state.settings = settings
    setState(state)
    if (tasksBeside) runTasks("panel", tasksBeside(state))
}
