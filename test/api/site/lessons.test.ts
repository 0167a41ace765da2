import assert from "node:assert/strict"
import { holidayOn, isLesson, lessonRanges, type Timetable } from "../../../devs/api/site/lessons.ts"
import { groupOf, groupParts, limitsOf } from "../../../devs/api/site/site.ts"

const berlin: Timetable = {
    timeZone: "Europe/Berlin",
    lessons: { days: [1, 2, 3, 4, 5], hours: [{ from: "08:00", to: "13:00" }] },
    holidays: [{ from: "2026-12-21", to: "2027-01-01", name: "Christmas" }],
}
const at = (text: string) => Date.parse(text) / 1000

describe("lessons", () => {
    it("are on school days within their hours, by the time zone of the site", () => {
        // 8:00 in Berlin is 7:00 UTC in winter and 6:00 UTC in summer
        const isOn = (text: string) => isLesson(berlin, at(text))
        assert.deepEqual(["2026-11-30T06:59:59Z", "2026-11-30T07:00:00Z"].map(isOn), [false, true])
        assert.deepEqual(["2026-11-30T11:59:59Z", "2026-11-30T12:00:00Z"].map(isOn), [true, false])
        assert.deepEqual(["2026-07-06T05:59:59Z", "2026-07-06T06:00:00Z"].map(isOn), [false, true])
        assert.deepEqual(["2026-11-28T09:00:00Z", "2026-11-29T09:00:00Z"].map(isOn), [false, false])
    })

    it("are not in the holidays, whose first and last day belong to them", () => {
        const days = ["2026-12-18", "2026-12-21", "2026-12-24", "2027-01-01", "2027-01-04"]
        assert.deepEqual(
            days.map(day => isLesson(berlin, at(`${day}T09:00:00Z`))),
            [true, false, false, false, true],
        )
        assert.equal(holidayOn(berlin, "2027-01-01")?.name, "Christmas")
        assert.equal(holidayOn(berlin, "2027-01-02"), undefined)
    })

    it("of a range of time are cut at its ends, and hours that touch are one", () => {
        const hours = [
            { from: "13:00", to: "15:30" },
            { from: "08:00", to: "10:00" },
            { from: "10:00", to: "12:00" },
        ]
        const site = { ...berlin, lessons: { days: [1, 2], hours } }
        const ranges = lessonRanges(site, at("2026-11-30T08:30:00Z"), at("2026-12-03T00:00:00Z"))
        assert.deepEqual(
            ranges.map(({ from, to }) => [from, to].map(time => new Date(time * 1000).toISOString().slice(5, 16))),
            [
                ["11-30T08:30", "11-30T11:00"],
                ["11-30T12:00", "11-30T14:30"],
                ["12-01T07:00", "12-01T11:00"],
                ["12-01T12:00", "12-01T14:30"],
            ],
        )
        assert.deepEqual(lessonRanges(site, at("2026-11-30T07:30:00Z"), at("2026-11-30T07:31:00Z")), [
            { from: at("2026-11-30T07:30:00Z"), to: at("2026-11-30T07:31:00Z") },
        ])
    })

    it("are right on the days on which clocks change, and until midnight", () => {
        const site = { ...berlin, lessons: { days: [7], hours: [{ from: "01:00", to: "24:00" }] } }
        const length = (day: string) =>
            lessonRanges(site, at(`${day}T00:00:00Z`) - 43_200, at(`${day}T00:00:00Z`) + 129_600).map(
                ({ from, to }) => (to - from) / 3600,
            )
        assert.deepEqual(["2026-03-29", "2026-10-25", "2026-11-29"].map(length), [[22], [24], [23]])
    })
})

describe("a room", () => {
    const site = {
        limits: { fairPpm: 1000, poorPpm: 2000 },
        rooms: { "room-103": { group: "Building A / Floor 1", limits: { fairPpm: 800, poorPpm: 1400 } }, gym: {} },
    }

    it("has its own limits and group, or those of the site and none", () => {
        assert.deepEqual(limitsOf(site, "room-103"), { fairPpm: 800, poorPpm: 1400 })
        for (const id of ["gym", "unknown", "constructor"]) assert.deepEqual(limitsOf(site, id), site.limits)
        assert.deepEqual(
            ["room-103", "gym"].map(id => groupOf(site, id)),
            ["Building A / Floor 1", null],
        )
        assert.deepEqual([groupParts("Building A / Floor 1"), groupParts(null)], [["Building A", "Floor 1"], []])
    })
})
