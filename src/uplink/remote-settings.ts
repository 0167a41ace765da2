/**
 * The server's word: settings that an answer carries. Each is checked on its
 * own, and kept in flash when it is another than before; it counts from the
 * next start, which comes as soon as all is delivered. What is wrong is
 * refused. Posts tell both, until the server has heard it.
 */
import { saveNumber } from "../config"
import { isWholeNumber } from "../decimal"
import { log } from "../log"
import { recalibrateAll, Sensor } from "../sensors/sensor"
import { DesiredSettings, isAllowed } from "../wire"

/** A command among the settings: what the air around the device has now. */
const RECALIBRATE = "RECALIBRATE_PPM"
/** What the chip's heap bears is not the server's to say. */
const RAM_READINGS = "RAM_READINGS"
const REVISION = "revision"
/** Longer names are nobody's. */
const MAX_NAME_LENGTH = 15

export class RemoteSettings {
    /** newest revision taken since the start; 0: none */
    private revision = 0
    /** report of it as JSON, until the server has it */
    private report: string
    /** true once the report went into the post that is on its way */
    private isReported = false
    private changed = false
    /** false while a recalibration that was asked for is to come, or to be told */
    private settled = true
    private settlesNow = true

    constructor(private readonly sensors: Sensor[]) {}

    /** What stands in the next post; undefined when there is nothing to tell. */
    pendingReport(): string {
        return this.report
    }

    /** @param told whether the post that goes now has it */
    setReported(reported: boolean) {
        this.isReported = reported
        this.settlesNow = !this.sensors.some(sensor => sensor.isToBeRecalibrated())
    }

    /** The server has stored the post. */
    acknowledge() {
        this.settled = this.settlesNow
        if (!this.isReported) return
        this.isReported = false
        this.report = undefined
    }

    /** True when settings were kept that are not in force, and the server knows, and no recalibration would be lost. */
    wantsRestart(): boolean {
        return this.changed && this.report === undefined && this.settled
    }

    /** @param set as it stands in an answer, unchecked */
    async receive(desired: DesiredSettings): Promise<void> {
        if (!isMap(desired) || !isWholeNumber(desired.revision) || desired.revision <= 0)
            return log("settings problem=malformed")
        const isNew = desired.revision !== this.revision
        if (!isNew && this.report !== undefined) return
        this.revision = desired.revision
        this.settled = false
        const refused: string[] = []
        for (const name of Object.keys(desired))
            if (name !== REVISION && !(await this.applyOne(name, desired[name], isNew))) refused.push(plain(name))
        this.report = `{"revision":${desired.revision}${refused.length > 0 ? `,"refused":["${refused.join('","')}"]` : ""}}`
        log(
            `settings revision=${desired.revision} restart=${this.changed ? 1 : 0}${refused.length > 0 ? " refused=" + refused.join() : ""}`,
        )
    }

    /** @returns false when it is refused */
    private async applyOne(name: string, value: number, isNew: boolean): Promise<boolean> {
        if (name === RECALIBRATE) return !isNew || recalibrateAll(this.sensors, value) > 0
        if (name === RAM_READINGS || !isAllowed(name, value)) return false
        if (await saveNumber(name, value)) this.changed = true
        return true
    }
}

function isMap(value: any): boolean {
    return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** A name as it may stand in JSON and in the log. */
function plain(name: string): string {
    if (name.length === 0 || name.length > MAX_NAME_LENGTH) return "UNKNOWN"
    for (let i = 0; i < name.length; i++) {
        const code = name.charCodeAt(i)
        if (!((code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95)) return "UNKNOWN"
    }
    return name
}
