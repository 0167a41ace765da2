/** What the wall says of each room, in words. Does not touch the DOM: the server uses it too. */
import type { WallRoom } from "../../wall/wall-room.ts"
import { numberText, timeText, type Words } from "../shared/format.ts"
import type { Translate } from "../shared/text.ts"

/** How a room is shown: by the level of its air, or why there is none. */
export type RoomState = "poor" | "fair" | "good" | "failed" | "waiting" | "silent"

/** What a tile shows; "" for what it leaves out. */
export interface Tile {
    id: string
    /** path below the server's root */
    path: string
    state: RoomState
    name: string
    number: string
    /** "CO₂ ppm", "eCO₂ ppm, estimate" */
    unit: string
    word: string
    trend: string
    since: string
    age: string
    /** all of it, for a screen reader */
    sentence: string
}

/** A smaller change in 15 minutes counts as steady, ppm. */
const STEADY_PPM = 40
/** A younger reading needs no age, s: a device posts about every 5 minutes. */
const FRESH_S = 420
/** A headline names at most this many rooms. */
const MAX_NAMES = 6

const order: RoomState[] = ["poor", "fair", "good", "failed", "waiting", "silent"]

export function stateOf({ level, silentFrom, at, sensorFailed }: WallRoom, now: number): RoomState {
    if (silentFrom !== null && now >= silentFrom) return "silent"
    if (level !== null) return level
    return at === null && !sensorFailed ? "waiting" : "failed"
}

/** Worst first: by state, bad air by its CO2, all others by name. */
export function worstFirst(rooms: WallRoom[], now: number, language: string): WallRoom[] {
    const byName = new Intl.Collator(language, { numeric: true })
    const ranked = rooms.map(room => ({ room, rank: order.indexOf(stateOf(room, now)) }))
    ranked.sort(
        (one, other) =>
            one.rank - other.rank ||
            (one.rank < order.indexOf("good") ? (other.room.ppm ?? 0) - (one.room.ppm ?? 0) : 0) ||
            byName.compare(one.room.name, other.room.name),
    )
    return ranked.map(({ room }) => room)
}

/** "3 rooms need fresh air: 103, 107, gym"; what else a person must know follows. */
export function headlineOf(rooms: WallRoom[], now: number, { t, language }: Words): string {
    if (rooms.length === 0) return t("wall.none")
    const sorted = worstFirst(rooms, now, language)
    const namesOf = (state: RoomState) => sorted.filter(room => stateOf(room, now) === state).map(({ name }) => name)
    const say = (key: string, names: string[]) =>
        names.length === 0 ? [] : [t(key, { count: names.length, rooms: listText(names, t, language) })]
    const poor = namesOf("poor")
    const fair = namesOf("fair")
    const isKnown = poor.length + fair.length + namesOf("good").length > 0
    const air = poor.length > 0 ? say("wall.poorRooms", poor) : say("wall.fairRooms", fair)
    return (
        [
            ...(air.length > 0 ? air : isKnown ? [t("wall.allGood")] : []),
            ...say("wall.failedRooms", namesOf("failed")),
            ...say("wall.silentRooms", namesOf("silent")),
        ].join(" ") || t("wall.noReadings")
    )
}

/** Title of the tab: how many rooms need fresh air, and where. */
export function titleOf(rooms: WallRoom[], now: number, schoolName: string, { t }: Words): string {
    const poor = rooms.filter(room => stateOf(room, now) === "poor").length
    const name = schoolName || "airpin"
    return poor > 0 ? t("wall.titlePoor", { count: poor, name }) : t("wall.titleOf", { name })
}

/** The worst state there is, for the tab's icon. */
export function worstState(rooms: WallRoom[], now: number): RoomState {
    const states = new Set(rooms.map(room => stateOf(room, now)))
    return order.find(state => states.has(state)) ?? "waiting"
}

export function tileOf(room: WallRoom, now: number, words: Words): Tile {
    const { t } = words
    const state = stateOf(room, now)
    const isRated = state === "poor" || state === "fair" || state === "good"
    const shown = {
        name: room.name,
        number: isRated && room.ppm !== null ? numberText(room.ppm, words) : "",
        unit: isRated ? t(room.estimated ? "wall.estimatePpm" : "wall.ppm") : "",
        word: t(`wall.${state}`),
        trend: isRated ? trendText(room.trendPpm, words) : "",
        since:
            isRated && room.levelSince !== null ? t("wall.since", { time: timeText(room.levelSince, now, words) }) : "",
        age: ageText(room, state, now, words),
    }
    const { name, number, unit, word, since, age } = shown
    const spoken = isRated ? trendText(room.trendPpm, words, "Spoken") : ""
    const facts = [number && `${number} ${unit}`, word, spoken, since, age].filter(text => text !== "")
    return { ...shown, id: room.id, path: `rooms/${room.id}`, state, sentence: `${name}: ${facts.join(", ")}` }
}

function ageText(room: WallRoom, state: RoomState, now: number, words: Words): string {
    const { t } = words
    if (state === "silent") return t("wall.noNewsSince", { time: timeText(room.at ?? now, now, words) })
    if (room.at === null || now - room.at < FRESH_S) return ""
    return t("wall.from", { time: timeText(room.at, now, words) })
}

/** @param form "Spoken": for screen readers, which pass over arrows */
function trendText(trendPpm: number | null, words: Words, form: "" | "Spoken" = ""): string {
    const { t } = words
    if (trendPpm === null) return ""
    if (Math.abs(trendPpm) < STEADY_PPM) return t(`wall.steady${form}`)
    return t(`wall.${trendPpm > 0 ? "rising" : "falling"}${form}`, { ppm: Math.abs(trendPpm) })
}

const lists = new Map<string, Intl.ListFormat>()

function listText(names: string[], t: Translate, language: string): string {
    const shown = names.slice(0, MAX_NAMES)
    const more = names.length - shown.length
    const items = more > 0 ? [...shown, t("wall.more", { count: more })] : shown
    const format = lists.get(language) ?? new Intl.ListFormat(language, { type: "unit" })
    lists.set(language, format)
    return format.format(items)
}
