/**
 * Decides whether the clock of this machine can be right, by comparing it with
 * three independent sources: the date of this release, the time of the last
 * stored batch, and the clocks of the devices. While the clock is in doubt,
 * the server stores nothing and sends no `Date`, because devices set their
 * clocks by that header.
 */
import { AirpinError } from "../../certs/error.ts"
import type { Batch } from "../../src/wire.ts"
import { isoTime, MIN_TIME } from "./time-range.ts"

/** A difference up to this is tolerated. A device's crystal of 40 ppm drifts by 3 s a day without contact. */
const MAX_DIFFERENCE_S = 900

/** The time of a device counts for this long after its post. A device posts once an hour or more often. */
const MAX_TIME_AGE_S = 3 * 3600

/**
 * A machine without a battery-backed clock starts with a wrong time, and NTP
 * corrects it within this time. Devices that set their clocks by this server
 * before that are no evidence against the corrected clock.
 */
const NTP_GRACE_S = 600

/** 2100-01-01T00:00:00Z. A later time is not taken from a clock; it may be in milliseconds, for example. */
const MAX_TIME = 4_102_444_800

/** Number of devices that are named in a message. */
const MAX_NAMED = 3

/** The range in which a device's clock was when the device posted, Unix seconds. */
export interface DeviceTime {
    earliestS: number
    /** Infinity for a batch without `age`: the device's clock is not earlier than its readings, but may be later */
    latestS: number
}

/**
 * The time of a device's clock, as its post shows it; undefined if the device does not know the time, or if the
 * time is before 2015 or after 2099.
 *
 * @param count number of readings in the batch
 */
export function deviceTime({ time, age, step }: Batch, count: number): DeviceTime | undefined {
    if (time === undefined) return undefined
    const earliestS = age === undefined ? time + (count - 1) * step : time + age
    if (earliestS < MIN_TIME || earliestS > MAX_TIME) return undefined
    return { earliestS, latestS: age === undefined ? Infinity : earliestS }
}

/** A device's clock as its latest post showed it. Monotonic time is that of `ClockCheckOptions.monotonicS`. */
interface DeviceClock {
    /** Unix time minus monotonic time: adding the monotonic time of now gives the device's time now */
    offset: DeviceTime
    /** monotonic time of the post, seconds */
    postedAtS: number
    /** true if the device knew the time before this server, since it started, sent it a `Date` */
    independent: boolean
}

export interface ClockCheckOptions {
    /** date of the release, Unix seconds: an earlier clock is wrong */
    notBeforeS: number
    /** monotonic time, which no change of the clock affects, seconds */
    monotonicS(): number
    /** true if the operator vouches for the clock (`--trust-clock`): only `notBeforeS` is checked */
    trusted?: boolean
    /** called with the reason when the clock becomes doubtful, and with undefined when it no longer is */
    onDoubt?: ((reason: string | undefined) => void) | undefined
}

export class ClockCheck {
    readonly #options: ClockCheckOptions
    readonly #deviceClocks = new Map<string, DeviceClock>()
    /** monotonic time at which each device was last sent a `Date`, seconds */
    readonly #dateSentAtS = new Map<string, number>()
    #storedAtS: number | undefined
    #isDoubted = false
    /** Devices that were sent a `Date` from this monotonic time on are evidence too, seconds. */
    #ntpDoneAtS: number
    /** The last result: every request asks, and to ask thousands of devices each time would take longer than the rest. */
    #known: { nowS: number; monotonicS: number; reason: string | undefined } | undefined

    constructor(options: ClockCheckOptions) {
        this.#options = options
        this.#ntpDoneAtS = options.monotonicS() + NTP_GRACE_S
    }

    /** Records the time of a device's clock, from `deviceTime`. */
    recordDeviceTime(device: string, deviceTime: DeviceTime | undefined, nowS: number): void {
        if (deviceTime === undefined) return
        // old readings without an age: the device's clock may be right
        if (deviceTime.latestS === Infinity && deviceTime.earliestS <= nowS + MAX_DIFFERENCE_S) return
        const monotonicS = this.#options.monotonicS()
        const independent = this.#deviceClocks.get(device)?.independent ?? !this.#dateSentAtS.has(device)
        const clock = { offset: shifted(deviceTime, -monotonicS), postedAtS: monotonicS, independent }
        this.#change(device, () => this.#deviceClocks.set(device, clock))
        // a device that this server did not set confirms the clock: NTP has corrected it, or it was right
        if (!independent || contradicts(deviceTime, nowS) || monotonicS >= this.#ntpDoneAtS) return
        this.#ntpDoneAtS = monotonicS
        this.#known = undefined
    }

    /** Records that a response with a `Date` is sent to a device, which sets its clock by it. */
    recordDateSent(device: string): void {
        this.#change(device, () => this.#dateSentAtS.set(device, this.#options.monotonicS()))
    }

    /** Changes what is known of a device, and forgets the result if it may be another one now. */
    #change(device: string, change: () => unknown): void {
        const known = this.#known
        const before = known && this.#vote(device, known.nowS)
        change()
        const after = known && this.#vote(device, known.nowS)
        // one more device that agrees raises no doubt
        if (after !== before && !(after === "for" && known?.reason === undefined)) this.#known = undefined
    }

    /** What a device says about the clock; undefined if it says nothing about it. */
    #vote(device: string, nowS: number): "for" | "against" | undefined {
        const clock = this.#deviceClocks.get(device)
        const monotonicS = this.#options.monotonicS()
        if (clock === undefined || !this.#isEvidence(device, clock, monotonicS)) return undefined
        return contradicts(shifted(clock.offset, monotonicS), nowS) ? "against" : "for"
    }

    /** Records that a batch was stored at this time of the server's clock; at the start that of the last run. */
    recordStored(nowS: number): void {
        this.#storedAtS = nowS
        if (this.#known?.reason !== undefined || nowS > (this.#known?.nowS ?? 0)) this.#known = undefined
    }

    /** @throws AirpinError SERVER_CLOCK_WRONG if the clock is in doubt */
    check(nowS: number): void {
        const reason = this.doubt(nowS)
        if (reason !== undefined) throw new AirpinError("SERVER_CLOCK_WRONG", reason)
    }

    /** Why the clock cannot be right; undefined if no source contradicts it. */
    doubt(nowS: number): string | undefined {
        const reason = this.#reasonToDoubt(Math.floor(nowS))
        if ((reason === undefined) === this.#isDoubted) {
            this.#isDoubted = reason !== undefined
            this.#options.onDoubt?.(reason)
        }
        return reason
    }

    /** A result holds for a second, unless the evidence changes. */
    #reasonToDoubt(nowS: number): string | undefined {
        const monotonicS = Math.floor(this.#options.monotonicS())
        if (this.#known?.nowS !== nowS || this.#known.monotonicS !== monotonicS)
            this.#known = { nowS, monotonicS, reason: this.#findReason(nowS) }
        return this.#known.reason
    }

    #findReason(nowS: number): string | undefined {
        const { notBeforeS, trusted = false } = this.#options
        const clock = `the clock of this server says ${isoTime(nowS)}`
        if (nowS < notBeforeS) return `${clock}, before ${isoTime(notBeforeS)}, when this airpin was made`
        if (trusted) return undefined
        const deviceTimes = this.#deviceTimes()
        if (deviceTimes.length > 0) return this.#doubtByDevices(deviceTimes, nowS, clock)
        if (this.#storedAtS === undefined || nowS >= this.#storedAtS - MAX_DIFFERENCE_S) return undefined
        return `${clock}, but the last batch was stored at ${isoTime(this.#storedAtS)}`
    }

    /** A clock that half of the devices contradict is in doubt. */
    #doubtByDevices(deviceTimes: [string, DeviceTime][], nowS: number, clock: string): string | undefined {
        const against = deviceTimes.filter(([, time]) => contradicts(time, nowS))
        const [first] = against
        if (first === undefined || 2 * against.length < deviceTimes.length) return undefined
        const names = against.slice(0, MAX_NAMED).map(([device]) => device)
        const more = against.length > MAX_NAMED ? ", …" : ""
        const time = isoTime(Math.floor(first[1].earliestS))
        return `${clock}, but by ${against.length} of ${deviceTimes.length} devices it is about ${time} (${names.join(", ")}${more})`
    }

    /**
     * The time that each device's clock shows now. Left out are devices that have not posted recently, and those
     * that set their clocks by this server while NTP may not have corrected it yet.
     */
    #deviceTimes(): [string, DeviceTime][] {
        const monotonicS = this.#options.monotonicS()
        return [...this.#deviceClocks]
            .filter(([device, clock]) => this.#isEvidence(device, clock, monotonicS))
            .map(([device, { offset }]) => [device, shifted(offset, monotonicS)])
    }

    #isEvidence(device: string, { postedAtS, independent }: DeviceClock, monotonicS: number): boolean {
        if (monotonicS - postedAtS > MAX_TIME_AGE_S) return false
        return independent || (this.#dateSentAtS.get(device) ?? -Infinity) >= this.#ntpDoneAtS
    }
}

/**
 * Call this only while the server's clock is not in doubt.
 *
 * @throws AirpinError DEVICE_CLOCK_WRONG if the device's clock is wrong; the `Date` of the response corrects it
 */
export function checkDeviceClock(deviceTime: DeviceTime | undefined, nowS: number): void {
    if (deviceTime === undefined || deviceTime.latestS === Infinity || !contradicts(deviceTime, nowS)) return
    throw new AirpinError(
        "DEVICE_CLOCK_WRONG",
        `the device's clock says about ${isoTime(deviceTime.earliestS)}, it is ${isoTime(nowS)}`,
    )
}

function contradicts({ earliestS, latestS }: DeviceTime, nowS: number): boolean {
    return nowS < earliestS - MAX_DIFFERENCE_S || nowS > latestS + MAX_DIFFERENCE_S
}

function shifted({ earliestS, latestS }: DeviceTime, byS: number): DeviceTime {
    return { earliestS: earliestS + byS, latestS: latestS + byS }
}
