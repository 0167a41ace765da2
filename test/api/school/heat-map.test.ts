import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { addDays, addMonths, dayText, monthText, weekText } from "../../../devs/api/page/school/dates.ts"
import { heatMap, type WeekChoice } from "../../../devs/api/page/school/heat-map.ts"
import { placeAfter } from "../../../devs/api/page/school/heat-map-keys.ts"
import { translator } from "../../../devs/api/page/shared/text.ts"
import type { SchoolWeek, WeekRoom } from "../../../devs/api/school/records.ts"

const t = translator("en", JSON.parse(readFileSync("devs/api/page/texts/en/school.json", "utf8")))
const usual: WeekChoice = { show: "mean", hours: "lessons" }
const limits = { fairPpm: 1000, poorPpm: 2000 }

/** Lessons from 8:00 to 9:45 and 11:10 to 12:10 on weekdays but Tuesday, a holiday. */
const days = Array.from({ length: 7 }, (_, day) => ({
    date: `2026-11-${23 + day}`,
    holiday: day === 1 ? "St Andrew" : null,
    isTaught: day < 5,
    lessonMinutes: Array.from({ length: 24 }, (_, hour) =>
        day === 1 || day > 4 ? 0 : ({ 8: 60, 9: 45, 11: 50, 12: 10 }[hour] ?? 0),
    ),
}))

function room(id: string, group: string | null, ppm: (day: number, hour: number) => number | null): WeekRoom {
    const values = days.map((_, day) => Array.from({ length: 24 }, (_, hour) => ppm(day, hour)))
    const maxPpm = values.map(hours => hours.map(value => (value === null ? null : value + 500)))
    return { id, name: id, group, limits, estimated: false, meanPpm: values, maxPpm }
}

const week: SchoolWeek = {
    name: "",
    timeZone: "Europe/Berlin",
    limits,
    days,
    hours: { from: 8, to: 13 },
    rooms: [
        room("103", "Main", (_, hour) => (hour === 8 ? 2000 : hour === 9 ? 1999 : 450)),
        room("104", "Main", day => (day === 0 ? 990 : null)),
        room("gym", null, () => 600),
    ],
}
const mapOf = (choice: WeekChoice = usual, today = "2026-11-27") => heatMap(week, choice, t, "en", today)
const [a103] = mapOf().groups[0]?.rooms ?? []

describe("the keys in the map of a week", () => {
    it("move by a cell, to the ends of a row and with Control to those of the map, and stay within", () => {
        const press = (key: string, row: number, column: number, ctrlKey = false) => {
            const place = placeAfter({ key, ctrlKey }, { row, column }, { rows: 3, columns: 5 })
            return place && `${place.row} ${place.column}`
        }
        assert.deepEqual(
            ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].map(key => press(key, 1, 2)),
            ["1 1", "1 3", "0 2", "2 2", "1 0", "1 4"],
        )
        assert.deepEqual(
            [press("ArrowLeft", 0, 0), press("ArrowUp", 0, 0), press("ArrowRight", 2, 4), press("ArrowDown", 2, 4)],
            ["0 0", "0 0", "2 4", "2 4"],
        )
        assert.deepEqual(
            [press("Home", 1, 2, true), press("End", 1, 2, true), press("a", 1, 2)],
            ["0 0", "2 4", undefined],
        )
    })
})

describe("the map of a week", () => {
    it("marks what is above the aim for lessons, where a room has the limits of schools", () => {
        const school = { fairPpm: 800, poorPpm: 1400 }
        const rooms = [
            { ...room("105", null, (_, hour) => (hour === 8 ? 999 : 1000)), limits: school },
            room("106", null, () => 1000),
        ]
        const marked = heatMap({ ...week, rooms }, usual, t, "en", "2026-11-27").groups[0]?.rooms.map(({ cells }) =>
            cells.slice(1, 3).map(({ classes }) => classes.includes("marked")),
        )
        assert.deepEqual(marked, [
            [false, true],
            [false, false],
        ])
    })

    it("has the hours of the timetable, with one before and one after", () => {
        const { days: shown, hours, columns } = mapOf()
        assert.deepEqual(shown.map(({ name, span }) => [name, span])[0], ["Mon 23 Nov", 7])
        assert.deepEqual(
            hours.slice(0, 8).map(({ hour, classes }) => `${hour} ${classes}`),
            [
                "7 day",
                "8 lesson begins",
                "9 lesson ends",
                "10 ",
                "11 lesson begins ends",
                "12 ",
                "13 ",
                "7 day holiday",
            ],
        )
        assert.deepEqual([shown.length, hours.length, columns], [5, 35, 36])
        assert.equal(mapOf({ ...usual, hours: "all" }).hours.length, 7 * 24)
    })

    it("says level and value of each hour, and greys holidays", () => {
        const cells = a103?.cells ?? []
        assert.deepEqual(
            cells.slice(0, 3).map(({ label, hundreds, rest }) => [label, hundreds, rest]),
            [
                ["450 ppm, good", "4", "50"],
                ["2,000 ppm, poor", "20", "00"],
                ["1,999 ppm, fair", "19", "99"],
            ],
        )
        assert.deepEqual([cells[1]?.classes, cells[8]?.classes], ["lesson begins level-poor", "holiday free"])
        assert.deepEqual(mapOf({ ...usual, show: "max" }).groups[0]?.rooms[0]?.cells[0]?.label, "950 ppm, good")
    })

    it("has rooms by group, and says where there are no readings", () => {
        assert.deepEqual(
            mapOf().groups.map(({ name, rooms }) => [name, rooms.map(({ id }) => id)]),
            [
                ["Main", ["103", "104"]],
                [null, ["gym"]],
            ],
        )
        assert.equal(mapOf().groups[0]?.rooms[1]?.cells[7]?.label, "no readings")
    })

    it("counts hours with lessons: 4 days of 3 hours in two rooms, and one day in the third", () => {
        assert.deepEqual(mapOf().summary, [
            "In lessons the air was good 70% of the time, fair 15%, and poor 15%.",
            "Most hours of poor air: 103 (4 h).",
        ])
        assert.deepEqual(heatMap({ ...week, rooms: [] }, usual, t, "en", "2026-11-27").summary, [
            "There are no readings of lessons in this week.",
        ])
    })

    it("leads to the weeks before and after, up to the current one, with the same choice", () => {
        assert.deepEqual([mapOf().previous, mapOf().next], ["school?from=2026-11-16", null])
        const choice: WeekChoice = { show: "max", hours: "all" }
        assert.equal(mapOf(choice, "2026-11-30").next, "school?from=2026-11-30&show=max&hours=all")
    })
})

describe("local dates", () => {
    it("are counted over the ends of months and years", () => {
        assert.deepEqual([addDays("2026-02-27", 2), addDays("2027-01-03", -7)], ["2026-03-01", "2026-12-27"])
        assert.deepEqual([addMonths("2026-12", 1), addMonths("2026-01", -1)], ["2027-01", "2025-12"])
    })

    it("are written as the language does", () => {
        assert.equal(dayText("2026-11-23", "de"), "Mo., 23. Nov.")
        // ICU has a thin space there
        assert.equal(weekText("2026-12-28", "de").replaceAll(/\s/g, " "), "28. Dezember 2026 – 3. Januar 2027")
        assert.equal(monthText("2026-11", "nl"), "november 2026")
    })
})
