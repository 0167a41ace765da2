import assert from "node:assert/strict"
import { addDevice } from "../../../devs/api/device-registry.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { setDesired } from "../../../devs/api/store/device-state.ts"
import { GroupCommit } from "../../../devs/api/store/group-commit.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import type { Post } from "../../../devs/api/store/records.ts"
import { rollUpColumns, rollUpNames, rollUpSeconds } from "../../../devs/api/store/roll-ups.ts"
import { Random } from "../../../devs/sim/random.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "../support/world.ts"
import { describeOnEach } from "./support/kinds.ts"

describeOnEach("posts over two connections", kind => {
    let world: World
    let second: Database
    let connections: GroupCommit[]

    beforeEach(async () => {
        world = await openWorld(kind)
        second = await openDatabase(world.file)
        connections = [world.db, second].map(db => new GroupCommit(db))
    })
    afterEach(async () => {
        await second.close()
        await world.end()
    })

    const post = (device: string, batch: Post["batch"]): Post => ({ device, batch, seenAt: NOW_S, bytes: 100 })
    const count = async (table: "readings" | "boots" | "received") =>
        (
            await world.db.sql
                .selectFrom(table)
                .select(({ fn }) => fn.countAll<number>().as("count"))
                .execute()
        )[0]!.count

    it("of one batch at the same moment are stored once", async () => {
        for (let round = 0; round < 10; round++) {
            const batch = co2Batch(1, NOW_S, [700, 710, 720], { boot: `b${round}` })
            const results = await Promise.all([0, 1, 0, 1].map(at => connections[at]!.append(post("kitchen", batch))))
            const inserted = results.map(result => result.inserted).sort()
            assert.deepEqual(inserted, [0, 0, 0, 3])
            assert.ok(results.every(({ ack }) => ack === 3))
        }
        assert.deepEqual([await count("readings"), await count("boots"), await count("received")], [30, 10, 10])
    })

    it("of many devices are all stored, whichever connection each takes", async () => {
        const ids = Array.from({ length: 12 }, (_, at) => `d${at}`)
        for (const id of ids) await addDevice(world.db, { id, createdAt: NOW_S })
        const posts = ids.flatMap(id => [1, 4, 7].map(seq => post(id, co2Batch(seq, NOW_S + seq * 60, [1, 2, 3]))))
        const results = await Promise.all(posts.map((one, at) => connections[at % 2]!.append(one)))
        assert.ok(results.every(({ inserted }) => inserted === 3))
        assert.equal(await count("readings"), 108)
        assert.equal(await count("boots"), 12)
        assert.equal(await count("received"), 12)
    })

    it("add devices at the same moment, each with a key of its own", async () => {
        const ids = Array.from({ length: 6 }, (_, at) => `d${at}`)
        await Promise.all(ids.map((id, at) => addDevice([world.db, second][at % 2]!, { id, createdAt: NOW_S })))
        const rows = await world.db.sql.selectFrom("devices").select("key").execute()
        assert.equal(new Set(rows.map(({ key }) => key)).size, 7)
    })

    it("and settings at the same moment: each is a revision of its own, and the last has them all", async () => {
        const setting = (at: number) =>
            setDesired([world.db, second][at % 2]!, "kitchen", { [at % 2 ? "BATCH" : "INTERVAL_S"]: 10 + at }, NOW_S)
        const set = await Promise.all([0, 1, 2, 3, 4, 5].map(setting))
        assert.deepEqual(set.map(({ settings }) => settings.revision).sort(), [1, 2, 3, 4, 5, 6])
        const last = set.find(({ settings }) => settings.revision === 6)
        assert.deepEqual(Object.keys(last?.settings.desired ?? {}).sort(), ["BATCH", "INTERVAL_S"])
    })

    it("late, repeated, overlapping and out of order leave what a single pass over the readings would", async () => {
        const random = new Random(20_261_128)
        const below = (limit: number) => Math.floor(random.next() * limit)
        await addDevice(world.db, { id: "office", createdAt: NOW_S })
        // each device has 3 boots of 240 readings, 97 s apart over about 20 hours; days and months change in between
        const expected = new Map<string, number | null>()
        const posts = ["kitchen", "office"].flatMap((device, index) =>
            ["b1", "b2", "b3"].flatMap((boot, at) =>
                Array.from({ length: 60 }, () => {
                    const seq = 1 + below(236)
                    const startS = NOW_S - 14 * 86_400 + at * 24_000 + index * 31
                    const co2Ppm = Array.from({ length: 1 + below(5) }, (_, more) =>
                        (seq + more) % 11 === 0 ? null : 400 + (((seq + more) * 37 + at) % 900),
                    )
                    for (const [more, value] of co2Ppm.entries()) expected.set(`${device} ${boot} ${seq + more}`, value)
                    const batch = { ...co2Batch(seq, startS + seq * 97, [], { boot, step: 97 }) }
                    return post(device, { ...batch, values: co2Ppm.map(value => values({ co2Ppm: value })) })
                }),
            ),
        )
        const sent = [...posts, ...posts.filter(() => random.next() < 0.4)].sort(() => random.next() - 0.5)
        const results = await Promise.all(sent.map((one, at) => connections[at % 2]!.append(one)))
        assert.equal(
            results.reduce((sum, { inserted }) => sum + inserted, 0),
            expected.size,
        )

        const rows = await world.db.sql
            .selectFrom("readings")
            .innerJoin("devices", "devices.key", "readings.device")
            .innerJoin("boots", join =>
                join.onRef("boots.device", "=", "readings.device").onRef("boots.boot", "=", "readings.boot"),
            )
            .select(["devices.id as device", "boots.id as boot", "seq", "time", "co2Ppm", "readings.device as key"])
            .execute()
        const stored = new Map(rows.map(({ device, boot, seq, co2Ppm }) => [`${device} ${boot} ${seq}`, co2Ppm]))
        assert.deepEqual(new Map([...stored].sort()), new Map([...expected].sort()))

        const received = await world.db.sql.selectFrom("received").selectAll().execute()
        const inRanges = received.reduce((sum, { firstSeq, lastSeq }) => sum + lastSeq - firstSeq + 1, 0)
        assert.equal(inRanges, expected.size)

        for (const name of rollUpNames) {
            const endOf = (time: number) => Math.ceil(time / rollUpSeconds[name]) * rollUpSeconds[name]
            const sums = new Map<string, (number | null)[]>()
            for (const { key, time, co2Ppm } of rows) {
                const id = `${key} ${endOf(time)}`
                const [all = 0, measured = 0, sum = 0, low = null, high = null] = sums.get(id) ?? []
                const value = co2Ppm ?? null
                sums.set(id, [
                    all! + 1,
                    measured! + (value === null ? 0 : 1),
                    sum! + (value ?? 0),
                    value === null ? low : Math.min(low ?? value, value),
                    value === null ? high : Math.max(high ?? value, value),
                ])
            }
            const found = await world.db.sql.selectFrom(name).select(rollUpColumns).execute()
            assert.deepEqual(
                new Map(
                    found
                        .map(
                            row =>
                                [
                                    `${row.device} ${row.time}`,
                                    [row.count, row.co2PpmCount, row.co2PpmSum, row.co2PpmMin, row.co2PpmMax],
                                ] as const,
                        )
                        .sort(),
                ),
                new Map([...sums].sort()),
            )
        }
    })
})
