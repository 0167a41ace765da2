/** Draws the devices of a soak and their faults over its days, all from a seed. */

import { type Chip, chipNames } from "../image/chip.ts"
import type { Fault, FaultKind } from "../sim/faults/kinds.ts"
import { mix, Random } from "../sim/random.ts"
import type { PartName } from "../sim/sensors/parts.ts"

const MINUTE_S = 60
const HOUR_S = 3600
const DAY_S = 24 * HOUR_S

/** The sensors on a device's bus, at least one. */
export type PartNames = [PartName, ...PartName[]]

const partMixes: PartNames[] = [["scd4x"], ["scd4x", "sgp30"], ["scd30"], ["scd30", "sht3x"], ["sht3x", "sgp30"]]

export interface PlannedDevice {
    id: string
    /** id of its board; one without light and screen if absent */
    board?: string
    /** esp32 if absent */
    chip?: Chip
    parts: PartNames
    intervalS: number
    batch: number
    /** readings that its outbox in RAM holds */
    ramReadings: number
}

/** The devices of a soak: the mixes of sensors in turn, starting with one that the seed chooses. */
export function planDevices(seed: number, count: number): PlannedDevice[] {
    return Array.from({ length: count }, (_, at) => {
        const random = new Random(mix(seed, at, 0))
        return {
            id: `soak-${at + 1}`,
            parts: atIndex(partMixes, (seed + at) % partMixes.length),
            intervalS: oneOf(random, [60, 60, 60, 30, 120, 300]),
            batch: oneOf(random, [1, 5, 5, 15, 30]),
            ramReadings: oneOf(random, [60, 120, 420, 420]),
            chip: oneOf(random, chipNames),
        }
    })
}

/** Shortest pause between two faults of a sequence, then the averages of what is added to it. */
const MIN_PAUSE_S = 10 * MINUTE_S
const NETWORK_EVERY_S = 6 * HOUR_S
const POWER_EVERY_S = 2 * DAY_S
const SENSOR_EVERY_S = 1.5 * DAY_S
const SERVER_CLOCK_EVERY_S = 8 * DAY_S
/** One network fault in so many is an outage of one to three days: about one in ten days. */
const LONG_OUTAGE_ONE_IN = 35
/** One device in so many gets its first sensor only after it is switched on. */
const HOT_PLUG_ONE_IN = 6

/** Draws a fault with its duration, but without the time it starts. */
type Draw = (random: Random) => Fault

interface Pace {
    /** length of the soak */
    spanS: number
    faultDensity: number
}

/**
 * The faults of `days` days. Those of one sequence never overlap, because they
 * would hide each other; sequences are the network, the power and the sensors
 * of each device, and the server's clock. Faults of different sequences may
 * overlap: a power cut during an outage is what the journal is for.
 *
 * @param faultDensity divides the pauses between faults, and durations over two hours
 */
export function planFaults(seed: number, days: number, devices: PlannedDevice[], faultDensity = 1): Fault[] {
    const pace = { spanS: days * DAY_S, faultDensity }
    const ofDevices = devices.flatMap(({ id, parts }, at) => {
        const random = (sequence: number) => new Random(mix(seed, at, sequence))
        const own = [
            ...faultSequence(random(1), pace, NETWORK_EVERY_S, networkFault),
            ...faultSequence(random(2), pace, POWER_EVERY_S, powerFault),
            ...sensorFaults(random(3), pace, parts),
        ]
        return own.map(fault => ({ ...fault, devices: [id] }))
    })
    return [
        ...ofDevices,
        ...faultSequence(new Random(mix(seed, devices.length, 4)), pace, SERVER_CLOCK_EVERY_S, serverClockFault),
    ]
}

/** Faults with exponentially distributed pauses; the last one ends before the soak does. */
function faultSequence(random: Random, { spanS, faultDensity }: Pace, everyS: number, draw: Draw, fromS = 0): Fault[] {
    const faults: Fault[] = []
    for (let at = fromS; ; ) {
        at += MIN_PAUSE_S + Math.round((-everyS * Math.log(1 - random.next())) / faultDensity)
        const fault = shortened(draw(random), faultDensity)
        const endS = at + durationS(fault)
        if (endS >= spanS) return faults
        // Kind and time first, as people write a fault.
        faults.push(Object.assign({ kind: fault.kind, at }, fault))
        at = endS
    }
}

/** A fault that lasts longer tests nothing new: its duration may be shortened to this. */
const LONG_S = 2 * HOUR_S

function shortened(fault: Fault, faultDensity: number): Fault {
    return fault.for === undefined || fault.for <= LONG_S
        ? fault
        : { ...fault, for: Math.max(LONG_S, Math.round(fault.for / faultDensity)) }
}

function durationS(fault: Fault): number {
    return fault.for ?? (fault.kind === "brown-out" ? (fault.cuts ?? 0) * (fault.every ?? 0) : 0)
}

function oneOf<Item>(random: Random, items: readonly Item[]): Item {
    return atIndex(items, Math.floor(random.next() * items.length))
}

function atIndex<Item>(items: readonly Item[], index: number): Item {
    const item = items[index]
    if (item === undefined) throw new Error(`no item ${index} among ${items.length}`)
    return item
}

const wholeBetween = (random: Random, low: number, high: number) => Math.round(random.between(low, high))

const outages = [
    "wifi-off",
    "wifi-silent",
    "dns-fail",
    "connect-timeout",
    "connect-refused",
    "connect-silent",
    "tls-impostor",
] as const satisfies readonly FaultKind[]

function networkFault(random: Random): Fault {
    if (random.next() < 1 / LONG_OUTAGE_ONE_IN)
        return { kind: oneOf(random, outages), for: wholeBetween(random, DAY_S, 3 * DAY_S) }
    const lasting = { for: wholeBetween(random, 2 * MINUTE_S, 45 * MINUTE_S) }
    return oneOf(random, [
        ...outages.map(kind => () => ({ kind, ...lasting })),
        ...responseFaults.map(draw => () => ({ ...draw(random), ...lasting })),
    ])()
}

const statuses = [400, 401, 403, 404, 413, 422, 429, 500, 502, 503]

const responseFaults: Draw[] = [
    random => ({ kind: "tls-stall", after: oneOf(random, ["hello", "flight"] as const) }),
    // some of them end before the firmware stops waiting, some after
    random => ({
        kind: "tls-stall",
        after: oneOf(random, ["hello", "flight"] as const),
        lasts: wholeBetween(random, 30, 14 * MINUTE_S),
        result: oneOf(random, ["close", "complete"] as const),
    }),
    random => ({ kind: "request-cut", byte: wholeBetween(random, 0, 600), chance: 0.7 }),
    random => ({ kind: "response-cut", byte: wholeBetween(random, 0, 250), chance: 0.7 }),
    random => ({ kind: "response-lost", end: oneOf(random, ["close", "silence"] as const), chance: 0.7 }),
    () => ({ kind: "response-drip", every: 1 }),
    random => ({ kind: "response-garbage", bytes: wholeBetween(random, 1, 2000) }),
    random => ({ kind: "response-status", code: oneOf(random, statuses) }),
    random => ({ kind: "response-status", code: oneOf(random, [400, 422]), page: wholeBetween(random, 100, 3000) }),
    random => ({ kind: "response-status", code: 503, retryAfter: wholeBetween(random, 1, 600) }),
    random => ({ kind: "response-length", by: oneOf(random, [-5, -1, 1, 20]) }),
    random => ({ kind: "response-chunked", bytes: wholeBetween(random, 1, 20) }),
    random => ({ kind: "response-headers", bytes: oneOf(random, [4000, 20_000]) }),
    () => ({ kind: "response-twice", chance: 0.5 }),
]

function powerFault(random: Random): Fault {
    const kind = oneOf(random, ["power-cut", "power-cut", "power-cut", "brown-out", "flash-cut"] as const)
    if (kind === "power-cut")
        return { kind, for: oneOf(random, [1, 30, 5 * MINUTE_S, wholeBetween(random, HOUR_S, 8 * HOUR_S)]) }
    if (kind === "brown-out")
        return { kind, cuts: wholeBetween(random, 2, 6), every: wholeBetween(random, 3, 90), off: 1 }
    return {
        kind,
        operation: wholeBetween(random, 1, 8),
        written: wholeBetween(random, 0, 30),
        for: wholeBetween(random, 10, 600),
    }
}

const sensorFaultKinds = ["sensor-nack", "sensor-crc", "sensor-stuck", "sensor-unplugged", "i2c-stuck"] as const

function sensorFaults(random: Random, pace: Pace, parts: PartNames): Fault[] {
    const hotPlug: Fault[] =
        random.next() < 1 / HOT_PLUG_ONE_IN
            ? [{ kind: "sensor-hot-plug", sensor: parts[0], at: wholeBetween(random, MINUTE_S, 2 * HOUR_S) }]
            : []
    const draw = (): Fault => {
        const sensor = oneOf(random, parts)
        const kind = oneOf(random, sensorFaultKinds)
        if (kind === "i2c-stuck")
            return { kind, for: wholeBetween(random, MINUTE_S, HOUR_S), ...(random.next() < 0.5 && { sensor }) }
        const chance = kind === "sensor-nack" || kind === "sensor-crc" ? { chance: oneOf(random, [0.05, 0.5]) } : {}
        return { kind, sensor, for: wholeBetween(random, MINUTE_S, 2 * HOUR_S), ...chance }
    }
    return [...hotPlug, ...faultSequence(random, pace, SENSOR_EVERY_S, draw, hotPlug[0]?.at)]
}

/** An offset of at most 10 minutes, within the hour that the API allows a device's clock to be ahead. */
function serverClockFault(random: Random): Fault {
    const by = wholeBetween(random, MINUTE_S, 10 * MINUTE_S)
    return {
        kind: "server-clock",
        by: random.next() < 0.5 ? by : -by,
        for: wholeBetween(random, 10 * MINUTE_S, HOUR_S),
    }
}
