/** The program of boards with a status light or a buzzer, and no screen. */
import { runOnce } from "./fiber"
import { Panel } from "./panel/panel"
import { addPanelSettings, readPanelSettings } from "./panel/panel-settings"
import { SampleSink } from "./sensors/sensor"
import { start } from "./start"

class LightPanel implements Panel {
    hasButtons = false

    begin() {
        addPanelSettings()
    }

    sink(sampler: SampleSink): SampleSink {
        return sampler
    }

    run() {
        runOnce("panel", async () => {
            await readPanelSettings()
        })
    }
}

start(new LightPanel())
