/** The panel of boards without a screen: light and tone. A short press of a button mutes the tone. */
import * as ds from "@devicescript/core"
import { runOnce, runTasks, Task } from "../fiber"
import { log } from "../log"
import { SampleSink } from "../sensors/sensor"
import { Buttons } from "./buttons"
import { Panel, PanelSources } from "./panel"
import { addPanelSettings, readPanelSettings } from "./panel-settings"
import { PanelState } from "./panel-state"
import { Signals } from "./signals"
import { hasBuzzer, muteTone } from "./tone"

/** The chip's own services announce themselves twice a second. */
const DISCOVERY_MS = 1000

export class LightPanel implements Panel {
    /** holding the button for 5 s recalibrates, as on a board without a panel */
    hasButtons = false
    private state: PanelState

    begin() {
        addPanelSettings()
    }

    sink(sampler: SampleSink): SampleSink {
        this.state = new PanelState(sampler)
        return this.state
    }

    run(sources: PanelSources) {
        const { state } = this
        state.sources = sources
        runOnce("panel", async () => await runPanel(state))
    }
}

async function runPanel(state: PanelState): Promise<void> {
    state.settings = await readPanelSettings()
    await ds.sleep(DISCOVERY_MS)
    const tasks: Task[] = [new Signals(state)]
    if (hasBuzzer()) tasks.push(new Buttons(mute))
    runTasks("panel", tasks)
}

function mute(_button: number, held: boolean) {
    if (held) return
    muteTone()
    log("tone muted=1")
}
