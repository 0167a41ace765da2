/** The recording of `airpin sim`, its clock, and when it ends. */
import { AirpinError } from "../../certs/error.ts"
import { decodeText } from "../../certs/read/text.ts"
import { readFileBytes } from "../files.ts"
import { readReplay } from "../sim/air/recording/read-replay.ts"
import type { Replay } from "../sim/air/recording/replay.ts"
import { type Clock, RealClock, VirtualClock } from "../sim/clock.ts"
import type { Counters } from "../sim/counters.ts"

/** After the recorded air ends, a device completes its interval, an hour at most, and then sends what it holds. */
const MAX_INTERVAL_MS = 3_600_000
/** Simulated time that this may take at most. */
const MAX_REPLAY_END_MS = 6 * 3_600_000

type ReplayOptions = Parameters<typeof readReplay>[2] & { replay?: string }

interface ClockOptions {
    speed?: number
    api?: string
    image?: string
    panel?: true
    screenshot?: string
}

export async function openReplay({ replay, ...options }: ReplayOptions): Promise<Replay | undefined> {
    if (replay !== undefined) return readReplay(decodeText(await readFileBytes(replay)), replay, options)
    const { columns, dateFormat, zone, temperatureUnit } = options
    if ([columns, dateFormat, zone, temperatureUnit].every(option => option === undefined)) return undefined
    throw new AirpinError("REPLAY_OPTION_INVALID", "no --replay is given, whose layout the options could describe")
}

/**
 * The clock of a replay starts at its first row; without a replay, at speed 1, it is the real time, unless the speed
 * may be changed on the page.
 */
export function newClock(
    { speed = 1, api, image, panel, screenshot }: ClockOptions,
    replay: Replay | undefined,
): Clock {
    if ((api || image) && (replay || speed !== 1))
        throw new AirpinError(
            "SPEED_NEEDS_OWN_API",
            "a server outside the simulation runs in real time",
            `leave out ${api ? "--api" : "--image"}, or --replay and --speed`,
        )
    if (screenshot !== undefined) return new VirtualClock(replay?.startMs ?? Date.now())
    const isChangeable = panel && !api && !image
    return speed === 1 && !replay && !isChangeable
        ? new RealClock()
        : new VirtualClock(replay?.startMs ?? Date.now(), speed)
}

export function timeIsUp(clock: Clock, seconds = Infinity): () => boolean {
    const endMs = clock.now() + seconds * 1000
    return () => clock.now() >= endMs
}

/** True once the recorded air has ended, and the devices have sent what they hold. */
export function replayDone(replay: Replay, clock: Clock) {
    return (counters: Counters[]) => {
        const now = clock.now()
        if (now < replay.endMs + MAX_INTERVAL_MS) return false
        return (
            now > replay.endMs + MAX_REPLAY_END_MS ||
            counters.every(({ acknowledgedSeq, lastSeq }) => acknowledgedSeq === lastSeq)
        )
    }
}
