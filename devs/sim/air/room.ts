/**
 * A room with people and a window: the air source of a simulated sensor when
 * no recording is replayed.
 *
 * Time is divided into slots of five minutes in which people, window and
 * weather do not change. Within a slot, each quantity follows the mass balance
 * of a well-mixed room, c(t) = c∞ + (c0 - c∞)·e^(-rate·t), which needs no small
 * steps (ASTM D6245). What a person sets ends a slot early. The same seed gives
 * the same air, in whatever order it is queried.
 */
import { mix, Random } from "../random.ts"
import {
    type Air,
    type AirSource,
    absoluteHumidity,
    CO2_PER_PERSON_L_PER_H,
    OUTDOOR_CO2_PPM,
    relativeHumidity,
    TVOC_PER_PERSON_L_PER_H,
} from "./air.ts"
import { peoplePresent, type RoomKind } from "./occupancy.ts"

const HOUR_MS = 3_600_000
const SLOT_MS = 300_000
/** Slots kept for queries about the past: one hour. */
const SLOTS_KEPT = 12

const SIZES = {
    office: { volumeM3: 75, seats: 4 },
    classroom: { volumeM3: 190, seats: 25 },
} as const

/** Air changes per hour: leaks only, with a tilted window, and with one wide open. Assumed, like all figures without a source. */
const AIR_CHANGES = { closed: 0.4, tilted: 1.5, open: 5 } as const
/** Rate at which the temperature approaches its target, per hour: by walls and heating, and with the window open. */
const HEAT_RATES = { closed: 0.6, tilted: 1, open: 2 } as const
/** How far the outdoor temperature pulls the room's target towards itself: 1 = all the way. */
const OUTDOOR_SHARES = { closed: 0, tilted: 0.2, open: 0.5 } as const
const WINDOW_OPEN_SLOTS = 2
const WINDOW_COLD_C = 18
/** Below this nobody opens the window; `STUFFY_SPAN_PPM` higher somebody certainly does within one slot. */
const STUFFY_CO2_PPM = 900
const STUFFY_SPAN_PPM = 2000

const HEATED = { fromHour: 6, toHour: 18, dayC: 21.5, nightC: 18 } as const
/** How much a seated person warms the room: K per person in one m³. */
const PERSON_K_M3 = 20
/** Water from the breath and skin of a seated person. */
const PERSON_WATER_G_PER_H = 50
/** Emission of furniture and floor, ppb per hour. */
const FURNITURE_PPB_PER_H = 25
const OUTDOOR_TVOC_PPB = 10
const OUTDOOR = { meanC: 10, dailyC: 5, warmestHour: 15, weatherC: 3, nightRh: 85 } as const
const MAX_HUMIDITY_RH = 98

interface State {
    co2Ppm: number
    tvocPpb: number
    waterGPerM3: number
    temperatureC: number
}

export const windowStates = ["closed", "tilted", "open"] as const
export type WindowState = (typeof windowStates)[number]

/** What a person sets, instead of what the room's plan would give. */
export interface RoomSettings {
    people?: number
    window?: WindowState
    /** the air has this value, whatever people and window do */
    co2Ppm?: number
    temperatureC?: number
}

/** Five minutes or less: the state at their start, and the state that they approach. */
interface Slot {
    /** since the start of the simulation */
    fromMs: number
    people: number
    window: WindowState
    start: State
    target: State
    /** number of slots that the room's plan has had the window open, including this one; 0 = shut */
    openSlots: number
}

export interface RoomOptions {
    seed: number
    /** start of the simulation, ms since the Unix epoch */
    startMs: number
    kind?: RoomKind
    volumeM3?: number
    /** people who belong to the room */
    seats?: number
    /** local time at `startMs`, hours since Monday 0:00; if absent 9, when everybody has just arrived */
    startHour?: number
}

/** Cheap enough to have one per simulated device. */
export class Room implements AirSource {
    readonly #options: Required<RoomOptions>
    #slots: Slot[] = []
    /** in order of time, since the start of the simulation */
    readonly #settings: { fromMs: number; settings: RoomSettings }[] = []

    constructor(options: RoomOptions) {
        const kind = options.kind ?? "office"
        this.#options = { kind, startHour: 9, ...SIZES[kind], ...options }
    }

    /** Before `startMs`: the air at `startMs`. */
    airAt(atMs: number): Air {
        const sinceMs = this.#since(atMs)
        const slot = this.#slotAt(sinceMs)
        return toAir(stateAt(slot, sinceMs - slot.fromMs))
    }

    /** People in the room and its window. */
    useAt(atMs: number): Pick<Slot, "people" | "window"> {
        const { people, window } = this.#slotAt(this.#since(atMs))
        return { people, window }
    }

    /**
     * From `atMs` on, these settings hold instead of those before; what they leave out is up to the room again.
     *
     * @param atMs not before that of an earlier call
     */
    set(settings: RoomSettings, atMs: number): void {
        const fromMs = this.#since(atMs)
        this.#settings.push({ fromMs, settings })
        this.#slots = this.#slots.filter(slot => slot.fromMs < fromMs)
    }

    #since(atMs: number): number {
        return Math.max(atMs - this.#options.startMs, 0)
    }

    #slotAt(sinceMs: number): Slot {
        const kept = this.#slots.findLast(slot => slot.fromMs <= sinceMs)
        let slot = kept ?? this.#slot(0, this.#morning())
        if (!kept) this.#slots = [slot]
        for (let endMs = this.#endOf(slot); endMs <= sinceMs; endMs = this.#endOf(slot)) slot = this.#next(slot, endMs)
        return slot
    }

    /** A slot ends with its five minutes, or when a person sets something. */
    #endOf({ fromMs }: Slot): number {
        const set = this.#settings.find(each => each.fromMs > fromMs)
        return Math.min((Math.floor(fromMs / SLOT_MS) + 1) * SLOT_MS, set?.fromMs ?? Infinity)
    }

    #next(slot: Slot, fromMs: number): Slot {
        const next = this.#slot(fromMs, stateAt(slot, fromMs - slot.fromMs), slot.openSlots)
        this.#slots.push(next)
        if (this.#slots.length > SLOTS_KEPT) this.#slots.shift()
        return next
    }

    #slot(fromMs: number, before: State, openBefore = 0): Slot {
        const index = Math.floor(fromMs / SLOT_MS)
        const hour = this.#options.startHour + (index * SLOT_MS) / HOUR_MS
        const { kind, seed, seats } = this.#options
        const set = this.#settings.findLast(each => each.fromMs <= fromMs)?.settings ?? {}
        const people = set.people ?? peoplePresent(kind, seed, seats, hour * 60)
        const start = withSettings(before, set)
        const openSlots = fromMs % SLOT_MS === 0 ? this.#openSlots(index, start, people, openBefore) : openBefore
        const window = set.window ?? (openSlots > 0 ? "open" : "closed")
        return {
            fromMs,
            people,
            window,
            start,
            target: withSettings(this.#target(hour, people, window), set),
            openSlots,
        }
    }

    /** Opened when the air is stuffy; shut after ten minutes, when it is cold, or when the last person leaves. */
    #openSlots(index: number, state: State, people: number, openBefore: number): number {
        const shut = people === 0 || state.temperatureC < WINDOW_COLD_C
        if (shut || openBefore >= WINDOW_OPEN_SLOTS) return 0
        const threshold = new Random(mix(this.#options.seed, index, 2)).next()
        const opens = (state.co2Ppm - STUFFY_CO2_PPM) / STUFFY_SPAN_PPM > threshold
        return openBefore > 0 || opens ? openBefore + 1 : 0
    }

    /** The steady state that the room approaches if nothing changes. */
    #target(hour: number, people: number, window: WindowState): State {
        const { volumeM3 } = this.#options
        const outdoor = this.#outdoor(hour)
        const airRate = AIR_CHANGES[window]
        const peoplePerM3H = people / (airRate * volumeM3)
        const heatedC = setPoint(hour) + (people * PERSON_K_M3) / volumeM3
        return {
            co2Ppm: OUTDOOR_CO2_PPM + 1e3 * CO2_PER_PERSON_L_PER_H * peoplePerM3H,
            tvocPpb: OUTDOOR_TVOC_PPB + 1e6 * TVOC_PER_PERSON_L_PER_H * peoplePerM3H + FURNITURE_PPB_PER_H / airRate,
            waterGPerM3: outdoor.waterGPerM3 + PERSON_WATER_G_PER_H * peoplePerM3H,
            temperatureC: heatedC + OUTDOOR_SHARES[window] * (outdoor.temperatureC - heatedC),
        }
    }

    #outdoor(hour: number): { temperatureC: number; waterGPerM3: number } {
        const weather = new Random(mix(this.#options.seed, Math.floor(hour / 24), 3)).gaussian(OUTDOOR.weatherC)
        const phase = (2 * Math.PI * (hour - OUTDOOR.warmestHour)) / 24
        const meanC = OUTDOOR.meanC + weather
        return {
            temperatureC: meanC + OUTDOOR.dailyC * Math.cos(phase),
            waterGPerM3: absoluteHumidity(meanC - OUTDOOR.dailyC, OUTDOOR.nightRh),
        }
    }

    /** The room in the morning: aired overnight, not quite warm yet. */
    #morning(): State {
        const random = new Random(mix(this.#options.seed, 4))
        return {
            co2Ppm: OUTDOOR_CO2_PPM + random.between(20, 150),
            tvocPpb: random.between(50, 80),
            waterGPerM3: this.#outdoor(this.#options.startHour).waterGPerM3 + random.between(0.3, 1),
            temperatureC: random.between(19, 20.5),
        }
    }
}

function setPoint(hour: number): number {
    const workday = Math.floor(hour / 24) % 7 < 5
    const heated = hour % 24 >= HEATED.fromHour && hour % 24 < HEATED.toHour
    return workday && heated ? HEATED.dayC : HEATED.nightC
}

function withSettings(state: State, { co2Ppm = state.co2Ppm, temperatureC = state.temperatureC }: RoomSettings): State {
    return { ...state, co2Ppm, temperatureC }
}

/** @param ms since the start of the slot */
function stateAt({ start, target, window }: Slot, ms: number): State {
    const hours = ms / HOUR_MS
    const air = Math.exp(-AIR_CHANGES[window] * hours)
    const heat = Math.exp(-HEAT_RATES[window] * hours)
    return {
        co2Ppm: target.co2Ppm + (start.co2Ppm - target.co2Ppm) * air,
        tvocPpb: target.tvocPpb + (start.tvocPpb - target.tvocPpb) * air,
        waterGPerM3: target.waterGPerM3 + (start.waterGPerM3 - target.waterGPerM3) * air,
        temperatureC: target.temperatureC + (start.temperatureC - target.temperatureC) * heat,
    }
}

function toAir({ co2Ppm, tvocPpb, waterGPerM3, temperatureC }: State): Air {
    const humidityRh = Math.min(relativeHumidity(temperatureC, waterGPerM3), MAX_HUMIDITY_RH)
    return { co2Ppm, tvocPpb, temperatureC, humidityRh }
}
