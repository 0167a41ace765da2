/** Which parts answer on the bus, what state each is in, and what became of its measurements. */
import * as ds from "@devicescript/core"
import { say } from "../log"
import { ErrorKind, Sample, Sensor, SensorError } from "./sensor"

export type SensorState = "absent" | "starting" | "warming" | "ready" | "failed"

/** Failures in a row after which a part is looked for and started anew. */
const MAX_FAILURES = 3
/** Pause before a part is looked for again: doubles from the first to the second while it gives nothing. */
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30000

/** Looks after one part for ever: finds it, starts it, hands on what it measures, and begins again when it fails. */
export class Attendant {
    private state: SensorState
    private pauseMs = FIRST_PAUSE_MS
    private readonly errors: { [kind: string]: number } = { nack: 0, crc: 0, stale: 0, range: 0 }

    /** @param take gets each sample; false when a value of it is out of range */
    constructor(readonly sensor: Sensor, private readonly take: (sample: Sample) => boolean) {}

    async attend(): Promise<void> {
        while (true) {
            if (await this.begin()) await this.use()
            await ds.sleep(this.pauseMs)
            this.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.pauseMs)
        }
    }

    /** True when the part was found and measures. */
    private async begin(): Promise<boolean> {
        try {
            const serial = await this.sensor.find()
            this.enter("starting", serial)
            await this.sensor.start()
            this.enter("warming", serial)
            return true
        } catch (error) {
            const kind = kindOf(error)
            this.enter(kind === "nack" ? "absent" : "failed")
            if (kind !== "nack") this.count(kind)
            return false
        }
    }

    /** Until it fails too often. */
    private async use(): Promise<void> {
        let failures = 0
        while (failures < MAX_FAILURES) {
            const kind = await this.measure()
            if (kind) this.count(kind)
            failures = kind ? failures + 1 : 0
            if (kind === "stale") break
        }
        this.enter("failed")
    }

    /** What was wrong with the next measurement; undefined when nothing. */
    private async measure(): Promise<ErrorKind> {
        try {
            const sample = await this.sensor.measure()
            if (sample && !this.take(sample)) return "range"
            if (sample) this.pauseMs = FIRST_PAUSE_MS
            this.enter(sample ? "ready" : "warming")
            return undefined
        } catch (error) {
            return kindOf(error)
        }
    }

    private enter(state: SensorState, serial?: string) {
        if (state === this.state) return
        this.state = state
        say(`sensor name=${this.sensor.name} state=${state}${serial ? " serial=" + serial : ""}`)
    }

    /** Logged at the 1st, 2nd, 4th, 8th, … of its kind: a lasting fault must not flood the log. */
    private count(kind: ErrorKind) {
        const count = this.errors[kind] + 1
        this.errors[kind] = count
        if ((count & (count - 1)) === 0) say(`sensor name=${this.sensor.name} error=${kind} count=${count}`)
    }
}

/** What is no SensorError is a fault of the program, and passed on. */
function kindOf(error: any): ErrorKind {
    if (error instanceof SensorError) return error.kind
    throw error
}
