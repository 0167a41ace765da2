import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import type { Words } from "../../../devs/api/page/shared/format.ts"
import { translator } from "../../../devs/api/page/shared/text.ts"
import { columnsFor, mostTiles } from "../../../devs/api/page/wall/columns.ts"
import { groupsOf, inGroup } from "../../../devs/api/page/wall/groups.ts"
import { headlineOf, stateOf, tileOf, titleOf, worstFirst } from "../../../devs/api/page/wall/rooms.ts"
import type { WallRoom } from "../../../devs/api/wall/wall-room.ts"

/** 2025-01-15T12:00:00Z */
const NOW_S = 1_736_942_400
const texts = (language: string) =>
    JSON.parse(readFileSync(new URL(`../../../devs/api/page/texts/${language}/wall.json`, import.meta.url), "utf8"))
const wordsIn = (language: string): Words => ({
    t: translator(language, texts(language)),
    language,
    timeZone: "Europe/Berlin",
})
const words = wordsIn("en")

function room(name: string, ppm: number | null, more: Partial<WallRoom> = {}): WallRoom {
    return {
        id: name.toLowerCase(),
        name,
        group: null,
        limits: { fairPpm: 1000, poorPpm: 2000 },
        at: NOW_S - 60,
        ppm,
        estimated: false,
        temperatureC: 21,
        humidityRh: 40,
        trendPpm: null,
        level: ppm === null ? null : ppm >= 2000 ? "poor" : ppm >= 1000 ? "fair" : "good",
        levelSince: null,
        silentFrom: NOW_S + 840,
        sensorFailed: false,
        ...more,
    }
}

const silent = room("104", 2400, { at: NOW_S - 7200, silentFrom: NOW_S - 6300 })
const failed = room("105", null, { sensorFailed: true })
const waiting = room("106", null, { at: null, silentFrom: null })
const all = [
    silent,
    room("102", 700),
    failed,
    room("101", 650),
    room("Gym", 2100),
    waiting,
    room("103", 1200),
    room("107", 2600),
]

describe("the rooms on the wall", () => {
    it("are sorted worst first: poor and fair by their CO2, then good by name, and those without a value last", () => {
        const names = worstFirst(all, NOW_S, "en").map(({ name }) => name)
        assert.deepEqual(names, ["107", "Gym", "103", "101", "102", "105", "106", "104"])
    })

    it("are summed up in one headline, with what does not measure and what has no news", () => {
        assert.equal(
            headlineOf(all, NOW_S, words),
            "2 rooms need fresh air: 107, Gym. 1 sensor does not measure: 105. No news from 1 room: 104.",
        )
        assert.equal(
            headlineOf([room("103", 1200), room("101", 650)], NOW_S, words),
            "1 room should be aired soon: 103.",
        )
        assert.equal(headlineOf([room("101", 650)], NOW_S, words), "The air is good.")
        assert.equal(headlineOf([silent], NOW_S, words), "No news from 1 room: 104.")
        assert.equal(headlineOf([waiting], NOW_S, words), "Waiting for the first readings.")
        assert.match(headlineOf([], NOW_S, words), /No room yet/)
    })

    it("name six rooms and count the others", () => {
        const poor = Array.from({ length: 9 }, (_, at) => room(`${201 + at}`, 2900 - at))
        assert.match(headlineOf(poor, NOW_S, words), /^9 rooms need fresh air: 201, 202, .*206, 3 more\.$/)
    })

    it("are in the title of the tab", () => {
        assert.equal(titleOf(all, NOW_S, "Elm School", words), "(2) Air – Elm School")
        assert.equal(titleOf([room("101", 650)], NOW_S, "", words), "Air – airpin")
    })

    it("are silent from three missed posts on, and show no number then", () => {
        const quiet = room("104", 700, { silentFrom: NOW_S })
        assert.deepEqual([stateOf(quiet, NOW_S - 1), stateOf(quiet, NOW_S)], ["good", "silent"])
        const { number, word, age } = tileOf(silent, NOW_S, words)
        assert.deepEqual([number, word, age], ["", "no news", "since 11:00"])
    })

    it("show the age of an older number", () => {
        const old = { at: NOW_S - 1200, silentFrom: NOW_S + 3600 }
        assert.equal(tileOf(room("101", 650, old), NOW_S, words).age, "at 12:40")
        assert.equal(tileOf(room("101", 650), NOW_S, words).age, "")
        const yesterday = { at: NOW_S - 86_400, silentFrom: NOW_S + 3600 }
        assert.match(tileOf(room("101", 650, yesterday), NOW_S, words).age, /14.*13:00/)
    })

    it("are read aloud in one sentence, in the reader's language", () => {
        const gym = room("Turnhalle", 2150, { trendPpm: 180, levelSince: NOW_S - 1500, estimated: true })
        assert.equal(
            tileOf(gym, NOW_S, wordsIn("de")).sentence,
            "Turnhalle: 2.150 ppm, geschätzt, Fenster öffnen, steigt um 180 in 15 Minuten, seit 12:35",
        )
    })

    it("are shown by building and floor", () => {
        const grouped = [room("1", 600, { group: "B / 2" }), room("2", 600, { group: "A" }), room("3", 600)]
        assert.deepEqual(groupsOf(grouped), ["A", "B", "B / 2"])
        assert.deepEqual(
            grouped.map(each => inGroup(each, "B")),
            [true, false, false],
        )
        assert.equal(inGroup({ group: "Bx" }, "B"), false)
    })

    it("fit on one screen of 1920 by 1080 up to 40, in tiles whose number is read from 3 m", () => {
        for (const count of [1, 6, 12, 25, 40]) {
            const { columns, fits } = columnsFor(count, 1896, 940)
            assert.ok(fits, `${count}`)
            const rows = Math.ceil(count / columns)
            const tile = { width: 1896 / columns - 8, height: 940 / rows - 8 }
            const shortSide = Math.min(tile.width, tile.height)
            // font size of the number in wall.css
            const numberPx = Math.max(48, Math.min(0.38 * shortSide, 0.25 * tile.width))
            assert.ok(numberPx >= shortSide / 14 && numberPx < shortSide / 2, `${count}: ${numberPx} of ${shortSide}`)
        }
        assert.equal(columnsFor(120, 1896, 940).fits, false)
    })

    it("are as many at once as a screen has room for, and 40 on a wall", () => {
        for (const [width, height] of [
            [1896, 940],
            [1256, 690],
            [366, 780],
        ] as const) {
            const most = mostTiles(width, height)
            assert.ok(columnsFor(most, width, height).fits, `${most} in ${width} x ${height}`)
            assert.ok(!columnsFor(most + 1, width, height).fits, `${most + 1} in ${width} x ${height}`)
        }
        assert.ok(mostTiles(1896, 940) >= 40)
        assert.equal(mostTiles(100, 50), 1)
    })
})
