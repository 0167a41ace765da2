/**
 * Finds out when the clock of this machine is wrong, by what it cannot spoil:
 * the release date, the time of the last stored batch, and the time that
 * devices have kept. While in doubt nothing is stored and no `Date` is sent,
 * because devices learn the time from that header.
 */
import { AirpinError } from "../../certs/error.ts"
import type { Batch } from "../../src/wire.ts"
import { isoTime, MIN_TIME } from "./time-range.ts"

/** Smaller differences are no doubt: a device without contact drifts by 3 s a day, a crystal of 40 ppm. */
const MAX_DIFFERENCE_S = 900

/** What a device said counts for so long; it posts once an hour at least. */
const CLAIM_LIFE_S = 3 * 3600

/**
 * A machine without a battery-backed clock starts with a wrong time and corrects it
 * once it reaches an NTP server. What devices learn from it before that is no evidence against the correction.
 */
const SETTLING_S = 600

/** 2100-01-01T00:00:00Z: what is later is no clock, but milliseconds for example. */
const MAX_TIME = 4_102_444_800

/** Device names in a message. */
const MAX_NAMED = 3

/** The time by a device's own clock when it posted is between these, Unix seconds. */
export interface DeviceTime {
    earliestS: number
    /** Infinity for a post without an age, whose readings tell only that it is not earlier than they are */
    latestS: number
}

/**
 * The time that a post tells of its device's clock; undefined if the device does not know the time,
 * or says what no clock shows.
 *
 * @param count readings in the batch
 */
export function deviceTime({ time, age, step }: Batch, count: number): DeviceTime | undefined {
    if (time === undefined) return undefined
    const earliestS = age === undefined ? time + (count - 1) * step : time + age
    if (earliestS < MIN_TIME || earliestS > MAX_TIME) return undefined
    return { earliestS, latestS: age === undefined ? Infinity : earliestS }
}

/** A device's clock, as seconds since 1970 at `steady` 0. */
interface Witness {
    earliestS: number
    latestS: number
    /** when it said so, `steady` seconds */
    saidAtS: number
    /** its first word in this run was before it could learn the time from this server */
    independent: boolean
}

export interface ClockCheckOptions {
    /** no clock can be before this, Unix seconds */
    notBeforeS: number
    /** the server's time when the last batch was stored, Unix seconds */
    storedAtS: number | undefined
    /** runs evenly whatever is done to the clock, seconds */
    steadyS(): number
    /** the operator vouches for the clock: only `notBeforeS` is checked */
    trusted?: boolean
    /** is told each change of `doubt` between a reason and undefined */
    onDoubt?: ((reason: string | undefined) => void) | undefined
}

export class ClockCheck {
    readonly #options: ClockCheckOptions
    readonly #witnesses = new Map<string, Witness>()
    /** when each device was last given the time, `steady` seconds */
    readonly #taughtAtS = new Map<string, number>()
    #storedAtS: number | undefined
    #isDoubted = false
    /** from when on what devices learn from this server is evidence, `steady` seconds */
    #settledAtS: number

    constructor(options: ClockCheckOptions) {
        this.#options = options
        this.#storedAtS = options.storedAtS
        this.#settledAtS = options.steadyS() + SETTLING_S
    }

    /** Notes what a device's post says about the time. */
    hear(device: string, said: DeviceTime | undefined, nowS: number): void {
        if (said === undefined) return
        const steadyS = this.#options.steadyS()
        const before = this.#witnesses.get(device)
        // old readings say nothing new
        if (said.latestS === Infinity && said.earliestS <= nowS + MAX_DIFFERENCE_S) return
        const independent = before?.independent ?? !this.#taughtAtS.has(device)
        this.#witnesses.set(device, {
            earliestS: said.earliestS - steadyS,
            latestS: said.latestS - steadyS,
            saidAtS: steadyS,
            independent,
        })
        if (independent && !contradicts(said, nowS)) this.#settledAtS = Math.min(this.#settledAtS, steadyS)
    }

    /** A batch of the device was stored, and the response has the time. */
    stored(device: string, nowS: number): void {
        this.#storedAtS = nowS
        this.#taughtAtS.set(device, this.#options.steadyS())
    }

    /** @throws AirpinError SERVER_CLOCK_WRONG if the clock is in doubt */
    check(nowS: number): void {
        const reason = this.doubt(nowS)
        if (reason !== undefined) throw new AirpinError("SERVER_CLOCK_WRONG", reason)
    }

    /** Why the clock cannot be right; undefined if nothing speaks against it. */
    doubt(nowS: number): string | undefined {
        const reason = this.#reasonToDoubt(Math.floor(nowS))
        if ((reason === undefined) === this.#isDoubted) {
            this.#isDoubted = reason !== undefined
            this.#options.onDoubt?.(reason)
        }
        return reason
    }

    #reasonToDoubt(nowS: number): string | undefined {
        const { notBeforeS, trusted = false } = this.#options
        const clock = `the clock of this server says ${isoTime(nowS)}`
        if (nowS < notBeforeS) return `${clock}, before ${isoTime(notBeforeS)}, when this airpin was made`
        if (trusted) return undefined
        const witnesses = this.#countingWitnesses()
        if (witnesses.length > 0) return this.#doubtOf(witnesses, nowS, clock)
        if (this.#storedAtS === undefined || nowS >= this.#storedAtS - MAX_DIFFERENCE_S) return undefined
        return `${clock}, but the last batch was stored at ${isoTime(this.#storedAtS)}`
    }

    /** In a draw the clock is in doubt. */
    #doubtOf(witnesses: [string, Witness][], nowS: number, clock: string): string | undefined {
        const steadyS = this.#options.steadyS()
        const against = witnesses.filter(([, witness]) => contradicts(atSteady(witness, steadyS), nowS))
        const [first] = against
        if (first === undefined || 2 * against.length < witnesses.length) return undefined
        const names = against.slice(0, MAX_NAMED).map(([device]) => device)
        const more = against.length > MAX_NAMED ? ", …" : ""
        const saidS = Math.floor(atSteady(first[1], steadyS).earliestS)
        return `${clock}, but by ${against.length} of ${witnesses.length} devices it is about ${isoTime(saidS)} (${names.join(", ")}${more})`
    }

    /** Devices that were heard recently, and whose time is not merely the one this server had before it settled. */
    #countingWitnesses(): [string, Witness][] {
        const steadyS = this.#options.steadyS()
        return [...this.#witnesses].filter(
            ([device, { saidAtS, independent }]) =>
                steadyS - saidAtS <= CLAIM_LIFE_S &&
                (independent || (this.#taughtAtS.get(device) ?? -Infinity) >= this.#settledAtS),
        )
    }
}

/**
 * To be called when this server's clock is not in doubt.
 *
 * @throws AirpinError DEVICE_CLOCK_WRONG if the device's clock is off, which the `Date` of the response corrects
 */
export function checkDeviceClock(said: DeviceTime | undefined, nowS: number): void {
    if (said === undefined || said.latestS === Infinity || !contradicts(said, nowS)) return
    throw new AirpinError(
        "DEVICE_CLOCK_WRONG",
        `the device's clock says about ${isoTime(said.earliestS)}, it is ${isoTime(nowS)}`,
    )
}

function contradicts({ earliestS, latestS }: DeviceTime, nowS: number): boolean {
    return nowS < earliestS - MAX_DIFFERENCE_S || nowS > latestS + MAX_DIFFERENCE_S
}

function atSteady({ earliestS, latestS }: Witness, steadyS: number): DeviceTime {
    return { earliestS: earliestS + steadyS, latestS: latestS + steadyS }
}
