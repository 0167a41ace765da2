import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { translator } from "../../../../devs/api/page/shared/text.ts"
import { headlineOf } from "../../../../devs/api/page/wall/rooms.ts"
import { spokenHeadlines } from "../../../../devs/api/page/wall/spoken-headline.ts"
import { textsOf } from "../../../../devs/api/pages/texts.ts"
import type { WallRoom } from "../../../../devs/api/wall/wall-room.ts"

const words = { t: translator("en-GB", textsOf("en", "wall")), language: "en-GB", timeZone: "UTC" }
const limits = { fairPpm: 1000, poorPpm: 1400 }
const START_S = 1_736_942_400

/** Rises and is aired in turns, each room at its own pace: 500 to 1700 ppm, another value every minute. */
function roomAt(minute: number, number: number): WallRoom {
    const ppm = 500 + ((number * 379 + minute * (11 + (number % 7) * 5)) % 1200)
    const now = START_S + 60 * minute
    const level: WallRoom["level"] = ppm >= limits.poorPpm ? "poor" : ppm >= limits.fairPpm ? "fair" : "good"
    const name = `${100 + number}`
    // one falls silent
    const silentFrom = number === 7 ? START_S + 1200 : now + 900
    const room = { id: `room-${name}`, name, group: null, at: now, ppm, estimated: false, level, limits, silentFrom }
    const more = { temperatureC: 21, humidityRh: 40, trendPpm: 60, levelSince: now - 300, sensorFailed: false }
    return { ...room, ...more }
}

/** Rooms that are poor at this minute, and those without news. */
const badAt = (minute: number, rooms: WallRoom[]) =>
    rooms
        .filter(({ id, ppm }) => (id === "room-107" && minute >= 20) || (ppm ?? 0) >= limits.poorPpm)
        .map(({ id }) => (id === "room-107" && minute >= 20 ? `${id} is silent` : id))
        .join()

describe("the wall speaks", () => {
    it("in an hour with 40 rooms as often as the set of bad rooms changes, though every number changes each minute", () => {
        const spokenHeadline = spokenHeadlines()
        const [spoken, shown]: [string[], string[]] = [[], []]
        let [changes, bad] = [0, ""]
        for (let minute = 0; minute <= 60; minute++) {
            const rooms = Array.from({ length: 40 }, (_, number) => roomAt(minute, number))
            if (minute > 0 && badAt(minute, rooms) !== bad) changes++
            bad = badAt(minute, rooms)
            // the page looks again whenever a room has news
            for (let again = 0; again < 3; again++) {
                const text = spokenHeadline(rooms, START_S + 60 * minute, words)
                if (text !== undefined) spoken.push(text)
            }
            shown.push(headlineOf(rooms, START_S + 60 * minute, words))
        }
        const shownChanges = shown.filter((text, at) => at > 0 && text !== shown[at - 1]).length
        assert.equal(spoken.length, changes)
        assert.ok(changes > 5 && changes < shownChanges, `${changes} spoken, ${shownChanges} shown`)
    })

    it("with one live region; the others are alarms of the server", () => {
        const template = readFileSync(new URL("../../../../devs/api/page/wall/wall.mustache", import.meta.url), "utf8")
        const live = [...template.matchAll(/<[^>]*(?:role="(?:status|alert|log|timer)"|aria-live)[^>]*>/g)]
        assert.deepEqual(
            live.map(([tag]) => / id="(\w+)"/.exec(tag)?.[1]),
            ["spoken", "away", "unready"],
        )
        for (const name of ["tile.mustache", "tiles.ts", "main.ts"]) {
            const text = readFileSync(new URL(`../../../../devs/api/page/wall/${name}`, import.meta.url), "utf8")
            assert.doesNotMatch(text, /aria-live|ariaLive|role="(status|alert)"/)
        }
    })
})
