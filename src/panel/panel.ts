/** What `start.ts` needs of the parts that show the state to a person: light, tone, screen and buttons. */
import { OwnBoot } from "../boot/boot"
import { ServerClock } from "../boot/server-clock"
import { Config } from "../config"
import { Outbox } from "../outbox/outbox"
import { SampleSink, Sensor } from "../sensors/sensor"
import { Uplink } from "../uplink/uplink"

/** Where the state is read from. */
export interface PanelSources {
    config: Config
    boot: OwnBoot
    outbox: Outbox
    /** undefined if no server is configured */
    uplink: Uplink
    clock: ServerClock
    sensors: Sensor[]
}

export interface Panel {
    /** true if the buttons of the board are the panel's: recalibration is then a screen of its own */
    hasButtons: boolean
    /** Called when the settings have been read, before anything else. */
    begin(config: Config): void
    /** The sink for the sensors' samples, which hands each of them on to the sampler. */
    sink(sampler: SampleSink): SampleSink
    /** Starts the panel's fibers; called once all parts exist. */
    run(sources: PanelSources): void
}
