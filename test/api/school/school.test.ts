import assert from "node:assert/strict"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { schoolMonth } from "../../../devs/api/school/month.ts"
import { schoolWeek } from "../../../devs/api/school/week.ts"
import type { SiteDocument } from "../../../devs/api/site/site.ts"
import { describeOnEach } from "../database/support/kinds.ts"
import { planOf } from "../support/query-plan.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "../support/world.ts"

const site: SiteDocument = {
    name: "Gymnasium",
    language: null,
    timeZone: "Europe/Berlin",
    limits: { fairPpm: 1000, poorPpm: 2000 },
    lessons: {
        days: [1, 2, 3, 4, 5],
        hours: [
            { from: "08:00", to: "09:30" },
            { from: "09:50", to: "11:20" },
        ],
    },
    holidays: [{ from: "2025-10-13", to: "2025-10-24", name: "Autumn" }],
    rooms: { kitchen: { group: "Main / 1", limits: { fairPpm: 800, poorPpm: 1400 } }, "room-9": { group: "Main / 1" } },
}

/** Unix seconds of a time with its offset from UTC. */
const at = (time: string) => Date.parse(time) / 1000

describeOnEach("the rooms of a school", kind => {
    let world: World

    before(async () => {
        world = await openWorld(kind)
        for (const id of ["room-10", "room-9", "gone"]) await addDevice(world.db, { id, name: id, createdAt: NOW_S })
        await world.db.sql.updateTable("devices").set({ revokedAt: NOW_S }).where("id", "=", "gone").execute()
    })
    after(() => world?.end())

    /** A reading a minute, the first of which ends a minute after `from`. */
    let seq = 1
    const measure = async (device: string, from: string, co2Ppm: number[]) => {
        await world.store.append(device, co2Batch(seq, at(from) + 60, co2Ppm), NOW_S)
        seq += co2Ppm.length
    }
    const constant = (ppm: number, minutes: number) => Array.from({ length: minutes }, () => ppm)

    it("are in the order of groups and numbers, without those that are revoked", async () => {
        const { rooms } = await schoolWeek(world.db.sql, site, "2025-10-06")
        assert.deepEqual(
            rooms.map(({ id, group, limits }) => [id, group, limits.poorPpm]),
            [
                ["kitchen", "Main / 1", 1400],
                ["room-9", "Main / 1", 2000],
                ["room-10", null, 2000],
            ],
        )
    })

    it("have a value for each hour of the clocks on the wall, also in the week that they change", async () => {
        // 08:00 to 09:00 on Monday, summer time, with a peak
        await measure("kitchen", "2025-10-20T08:00+02:00", [...constant(600, 59), 1200])
        // Sunday: 02:00 to 03:00 is there twice, at +02:00 and at +01:00
        await measure("kitchen", "2025-10-26T02:00+02:00", constant(500, 60))
        await measure("kitchen", "2025-10-26T02:00+01:00", constant(700, 60))
        await measure("kitchen", "2025-10-26T23:59+01:00", [800])
        const { days, rooms } = await schoolWeek(world.db.sql, site, "2025-10-20")
        assert.deepEqual([days[0]?.date, days[6]?.date], ["2025-10-20", "2025-10-26"])
        const filled = (rooms[0]?.meanPpm ?? []).flatMap((hours, day) =>
            hours.flatMap((ppm, hour) => (ppm === null ? [] : [[day, hour, ppm, rooms[0]?.maxPpm[day]?.[hour]]])),
        )
        assert.deepEqual(filled, [
            [0, 8, 610, 1200],
            [6, 2, 600, 700],
            [6, 23, 800, 800],
        ])
    })

    it("have lessons where the timetable has them, and none in holidays", async () => {
        const { days } = await schoolWeek(world.db.sql, site, "2025-10-27")
        assert.deepEqual(days[0]?.lessonMinutes.slice(7, 13), [0, 60, 40, 60, 20, 0])
        assert.deepEqual(days[5]?.lessonMinutes, new Array(24).fill(0))
        const holidays = await schoolWeek(world.db.sql, site, "2025-10-20")
        assert.deepEqual(
            holidays.days.map(({ holiday }) => holiday),
            [...new Array(5).fill("Autumn"), null, null],
        )
        assert.deepEqual(holidays.days[0]?.lessonMinutes, new Array(24).fill(0))
    })

    it("are read in a zone whose hours begin at other times than those of UTC", async () => {
        // 10:15 to 11:15 at +05:45 are two local hours and one of UTC
        await measure("room-9", "2025-06-02T10:15+05:45", [...constant(500, 45), ...constant(900, 15)])
        const { rooms } = await schoolWeek(world.db.sql, { ...site, timeZone: "Asia/Kathmandu" }, "2025-06-02")
        assert.deepEqual(rooms[1]?.meanPpm[0]?.slice(9, 13), [null, 500, 900, null])
    })

    it("show eCO2 where CO2 is not measured, and say that it is an estimate", async () => {
        const estimates = [...constant(700, 55), ...constant(1300, 5)].map(eco2Ppm => values({ eco2Ppm }))
        const batch = { boot: "b1", seq: 1, time: at("2025-10-27T08:01+01:00"), step: 60, lost: 0, values: estimates }
        await world.store.append("room-10", batch, NOW_S)
        const { rooms } = await schoolWeek(world.db.sql, site, "2025-10-27")
        const { estimated, meanPpm, maxPpm } = rooms[2] ?? {}
        assert.deepEqual([estimated, meanPpm?.[0]?.[8], maxPpm?.[0]?.[8]], [true, 750, 1300])
        assert.equal(rooms[0]?.estimated, false)
    })

    it("have figures for the lessons of a month, of the school too", async () => {
        // Tuesday 28 October: 90 minutes of the first lesson, of which 30 are fair and 15 are poor; the break does not count
        await measure("kitchen", "2025-10-28T08:00+01:00", [...constant(700, 60), ...constant(900, 15)])
        await measure("kitchen", "2025-10-28T09:15+01:00", [...constant(1500, 15), ...constant(4000, 20)])
        await measure("room-9", "2025-10-28T08:00+01:00", constant(1200, 90))
        // up to the end of Tuesday's second lesson: 9 days before the holidays, and two after them
        const month = await schoolMonth(world.db.sql, site, "2025-10", at("2025-10-28T11:20+01:00"))
        const [kitchen, nine, ten] = month.rooms
        assert.equal(month.days.length, 31)
        assert.equal(month.days.filter(({ lessonMinutes }) => lessonMinutes === 180).length, 10)
        assert.deepEqual([kitchen?.id, kitchen?.days.length], ["kitchen", 10])
        const lessons = { measuredMinutes: 90, lessonMinutes: 1800 }
        assert.deepEqual(figures(kitchen), { meanPpm: 867, maxPpm: 1500, fairMinutes: 30, poorMinutes: 15, ...lessons })
        assert.deepEqual(figures(nine), { meanPpm: 1200, maxPpm: 1200, fairMinutes: 90, poorMinutes: 0, ...lessons })
        assert.deepEqual([ten?.estimated, ten?.meanPpm, ten?.fairMinutes], [true, 750, 5])
        assert.deepEqual(
            kitchen?.days.filter(({ measuredMinutes }) => measuredMinutes > 0).map(({ date }) => date),
            ["2025-10-28"],
        )
        const { maxRoom, ...school } = month.school
        assert.deepEqual([maxRoom, school.maxPpm, school.fairMinutes, school.poorMinutes], ["kitchen", 1500, 125, 15])
        assert.deepEqual([month.best, month.worst], [["room-10"], ["kitchen"]])
    })

    it("have no figures before their first lesson", async () => {
        const { rooms, school } = await schoolMonth(world.db.sql, site, "2025-12", at("2025-12-01T07:00+01:00"))
        assert.deepEqual(figures(rooms[0]), {
            meanPpm: null,
            maxPpm: null,
            fairMinutes: 0,
            poorMinutes: 0,
            measuredMinutes: 0,
            lessonMinutes: 0,
        })
        assert.deepEqual([school.meanPpm, school.maxRoom, rooms[0]?.days], [null, null, []])
    })

    it("are looked up by device and time: the plan has no scan of the sums", async function () {
        if (world.db.kind !== "sqlite") this.skip()
        const plans = [
            ...(await planOf(world.file, sql => schoolWeek(sql, site, "2025-10-27"))),
            ...(await planOf(world.file, sql => schoolMonth(sql, site, "2025-10", NOW_S * 2))),
        ]
        assert.match(plans.join(), /SEARCH slot USING PRIMARY KEY \(device=\? AND time>\? AND time<\?\)/)
        for (const plan of plans) assert.doesNotMatch(plan, /SCAN (hours|fiveMinutes|slot)/)
    })
})

/** Without what tells rooms apart, and their days. */
function figures(room?: Awaited<ReturnType<typeof schoolMonth>>["rooms"][number]) {
    if (room === undefined) return undefined
    const { id: _id, name: _name, group: _group, limits: _limits, estimated: _estimated, days: _days, ...all } = room
    return all
}
