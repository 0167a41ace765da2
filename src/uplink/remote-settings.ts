/**
 * Settings that the server sends in its responses. Each one is checked and saved
 * in flash if it changed; saved settings take effect after the next restart,
 * which follows once everything is delivered. Invalid ones are refused. Posts
 * report the result until the server has acknowledged it.
 *
 * A day has 12 writes at most. What is left over is not reported: the server repeats
 * its settings until they are, so the newest ones are saved when a new day begins,
 * even if the power was cut meanwhile.
 */
import { isSaved, isSettable, saveNumber } from "../config"
import { isWholeNumber } from "../decimal"
import { log } from "../log"
import { mayRecalibrate, takeSettingWrite } from "../remote-limits"
import { recalibrateAll, Sensor } from "../sensors/sensor"
import { DesiredSettings } from "../wire"

/** A command, not a setting: the CO2 concentration around the device now. */
const RECALIBRATE = "RECALIBRATE_PPM"
/** Not settable by the server: how much the chip's heap can hold is known only to who configured the device. */
const RAM_READINGS = "RAM_READINGS"
const REVISION = "revision"
/** Largest correction of a sensor from afar; more needs the button. */
const MAX_REMOTE_STEP_PPM = 200
/** No setting has a longer name. */
const MAX_NAME_LENGTH = 15

enum State {
    /** nothing to report */
    Idle,
    /** the report has not reached the server */
    ReportPending,
    /** the report is acknowledged, but not the result of a recalibration */
    Recalibrating,
}

export class RemoteSettings {
    private state = State.Idle
    /** state once the post that is being sent is acknowledged */
    private nextState = State.Idle
    /** last received revision since boot; 0: none */
    private revision = 0
    /** report of that revision as JSON */
    private report: string
    /** true if saved settings wait for a restart */
    private changed = false
    /** true if a setting of that revision is not saved, because the day has no more writes */
    private waits = false

    constructor(private readonly sensors: Sensor[]) {}

    /** Report to put into the next post as JSON; undefined if there is none. */
    pendingReport(): string {
        return this.state === State.ReportPending ? this.report : undefined
    }

    /** @param reported true if the post that is being sent contains the report */
    setReported(reported: boolean) {
        if (this.state === State.ReportPending && !reported) this.nextState = State.ReportPending
        else this.nextState = this.stateWithoutReport()
    }

    private stateWithoutReport(): State {
        return this.sensors.some(sensor => sensor.isToBeRecalibrated()) ? State.Recalibrating : State.Idle
    }

    /** The server has stored the post. */
    acknowledge() {
        this.state = this.nextState
        if (this.state !== State.ReportPending) this.report = undefined
    }

    /**
     * True if saved settings wait for a restart, the server has the report, and no recalibration is
     * pending or unreported.
     */
    wantsRestart(): boolean {
        return this.changed && this.state === State.Idle
    }

    /** @param desired as parsed from a response, unchecked */
    async receive(desired: DesiredSettings): Promise<void> {
        if (!isMap(desired) || !isWholeNumber(desired.revision) || desired.revision <= 0)
            return log("settings problem=malformed")
        const isNew = desired.revision !== this.revision
        if (!isNew && this.state === State.ReportPending) return
        this.revision = desired.revision
        this.waits = false
        const refused: string[] = []
        for (const name of Object.keys(desired))
            if (name !== REVISION && !(await this.apply(name, desired[name], isNew))) refused.push(printable(name))
        if (this.waits) {
            this.report = undefined
            this.state = this.stateWithoutReport()
            return log(`settings revision=${desired.revision} waiting=writes`)
        }
        this.report = `{"revision":${desired.revision}${refused.length > 0 ? `,"refused":["${refused.join('","')}"]` : ""}}`
        this.state = State.ReportPending
        log(
            `settings revision=${desired.revision} restart=${this.changed ? 1 : 0}${refused.length > 0 ? " refused=" + refused.join() : ""}`,
        )
    }

    /** @returns false if the setting is refused */
    private async apply(name: string, value: number, isNew: boolean): Promise<boolean> {
        if (name === RECALIBRATE) return !isNew || this.recalibrate(value)
        if (name === RAM_READINGS || !isSettable(name, value)) return false
        if (await isSaved(name, value)) return true
        this.waits = this.waits || !takeSettingWrite()
        if (this.waits) return true
        await saveNumber(name, value)
        this.changed = true
        return true
    }

    private recalibrate(targetPpm: number): boolean {
        return mayRecalibrate() && recalibrateAll(this.sensors, targetPpm, MAX_REMOTE_STEP_PPM) > 0
    }
}

function isMap(value: unknown): boolean {
    return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** The name if it is safe in JSON and in the log; "UNKNOWN" otherwise. */
function printable(name: string): string {
    if (name.length === 0 || name.length > MAX_NAME_LENGTH) return "UNKNOWN"
    for (let i = 0; i < name.length; i++) {
        const code = name.charCodeAt(i)
        if (!((code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95)) return "UNKNOWN"
    }
    return name
}
