/**
 * A room with people and a window: where the air of a simulated sensor comes
 * from when no recording is replayed.
 *
 * Time is cut into slots of five minutes in which people, window and weather
 * stay as they are. Within a slot, each quantity follows the mass balance of a
 * well-mixed room, c(t) = c∞ + (c0 - c∞)·e^(-rate·t), which needs no small
 * steps (ASTM D6245). The same seed gives the same air, in whatever order
 * it is asked for.
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
/** Slots kept for those who look back: an hour. */
const SLOTS_KEPT = 12

const SIZES = {
    office: { volumeM3: 75, seats: 4 },
    classroom: { volumeM3: 190, seats: 25 },
} as const

/** Air changes per hour: cracks only, and a window wide open. The model's own, as are all figures without a source. */
const AIR_CHANGES = { closed: 0.4, open: 5 } as const
/** How fast walls and heating pull the temperature, per hour; an open window is faster. */
const HEAT_RATES = { closed: 0.6, open: 2 } as const
const WINDOW_OPEN_SLOTS = 2
const WINDOW_COLD_C = 18
/** Nobody opens below; certain within one slot from 2000 ppm higher. */
const STUFFY_CO2_PPM = 900
const STUFFY_SPAN_PPM = 2000

const HEATED = { fromHour: 6, toHour: 18, dayC: 21.5, nightC: 18 } as const
/** A seated person warms the room: K for one person in one m³. */
const PERSON_K_M3 = 20
/** Breath and skin of a seated person. */
const PERSON_WATER_G_PER_H = 50
/** What furniture and floor give off with the window shut: ppb per hour. */
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

/** Five minutes: how they begin, where they lead, how fast (per hour). */
interface Slot {
    index: number
    start: State
    target: State
    airRate: number
    heatRate: number
    /** slots the window has been open, this one included; 0 = shut */
    openSlots: number
}

export interface RoomOptions {
    seed: number
    /** when this room begins to exist, ms since the epoch */
    startMs: number
    kind?: RoomKind
    volumeM3?: number
    /** how many people belong in the room */
    seats?: number
    /** local time at `startMs`, hours since Monday 0:00; Monday at nine when absent: everybody has just come */
    startHour?: number
}

/** A room; cheap enough to have one per simulated device. */
export class Room implements AirSource {
    readonly #options: Required<RoomOptions>
    readonly #first: Slot
    #slots: Slot[]

    constructor(options: RoomOptions) {
        const kind = options.kind ?? "office"
        this.#options = { kind, startHour: 9, ...SIZES[kind], ...options }
        this.#first = this.#slot(0, this.#morning(), 0)
        this.#slots = [this.#first]
    }

    /** Before the room's beginning, the air it begins with. */
    airAt(atMs: number): Air {
        const sinceMs = Math.max(atMs - this.#options.startMs, 0)
        const slot = this.#slotAt(Math.floor(sinceMs / SLOT_MS))
        return toAir(stateAt(slot, (sinceMs % SLOT_MS) / HOUR_MS))
    }

    #slotAt(index: number): Slot {
        const kept = this.#slots.findLast(slot => slot.index <= index)
        if (kept === undefined) this.#slots = [this.#first]
        let slot = kept ?? this.#first
        while (slot.index < index) slot = this.#advance(slot)
        return slot
    }

    #advance(slot: Slot): Slot {
        const next = this.#slot(slot.index + 1, stateAt(slot, SLOT_MS / HOUR_MS), slot.openSlots)
        this.#slots.push(next)
        if (this.#slots.length > SLOTS_KEPT) this.#slots.shift()
        return next
    }

    #slot(index: number, start: State, openBefore: number): Slot {
        const hour = this.#options.startHour + (index * SLOT_MS) / HOUR_MS
        const { kind, seed, seats } = this.#options
        const people = peoplePresent(kind, seed, seats, hour * 60)
        const openSlots = this.#window(index, start, people, openBefore)
        const airRate = openSlots > 0 ? AIR_CHANGES.open : AIR_CHANGES.closed
        const heatRate = openSlots > 0 ? HEAT_RATES.open : HEAT_RATES.closed
        return {
            index,
            start,
            target: this.#target(hour, people, airRate, openSlots > 0),
            airRate,
            heatRate,
            openSlots,
        }
    }

    /** Opened by people who find the air stuffy, shut after ten minutes, or when it is cold or the last one leaves. */
    #window(index: number, state: State, people: number, openBefore: number): number {
        const leave = people === 0 || state.temperatureC < WINDOW_COLD_C
        if (leave || openBefore >= WINDOW_OPEN_SLOTS) return 0
        const patience = new Random(mix(this.#options.seed, index, 2)).next()
        const opens = (state.co2Ppm - STUFFY_CO2_PPM) / STUFFY_SPAN_PPM > patience
        return openBefore > 0 || opens ? openBefore + 1 : 0
    }

    /** What the room would come to if everything stayed so for ever. */
    #target(hour: number, people: number, airRate: number, open: boolean): State {
        const { volumeM3 } = this.#options
        const outdoor = this.#outdoor(hour)
        const peoplePerM3H = people / (airRate * volumeM3)
        const heatedC = setPoint(hour) + (people * PERSON_K_M3) / volumeM3
        return {
            co2Ppm: OUTDOOR_CO2_PPM + 1e3 * CO2_PER_PERSON_L_PER_H * peoplePerM3H,
            tvocPpb: OUTDOOR_TVOC_PPB + 1e6 * TVOC_PER_PERSON_L_PER_H * peoplePerM3H + FURNITURE_PPB_PER_H / airRate,
            waterGPerM3: outdoor.waterGPerM3 + PERSON_WATER_G_PER_H * peoplePerM3H,
            temperatureC: open ? (heatedC + outdoor.temperatureC) / 2 : heatedC,
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

    /** As the first ones find it: aired by the night, not quite warm yet. */
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

function stateAt(slot: Slot, hours: number): State {
    const { start, target } = slot
    const air = Math.exp(-slot.airRate * hours)
    const heat = Math.exp(-slot.heatRate * hours)
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
