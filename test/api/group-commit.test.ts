import assert from "node:assert/strict"
import { AirpinError } from "../../certs/error.ts"
import { addDevice } from "../../devs/api/device-registry.ts"
import { MAX_BOOTS_A_DAY, MAX_BYTES_A_DAY } from "../../devs/api/store/appending.ts"
import { GroupCommit } from "../../devs/api/store/group-commit.ts"
import type { Post } from "../../devs/api/store/records.ts"
import { co2Batch, NOW_S, openWorld, type World } from "./support/world.ts"

describe("posts that arrive together", () => {
    let world: World
    let commits: Post[][]
    let group: GroupCommit

    beforeEach(async () => {
        world = await openWorld()
        commits = []
        const append = world.db.append.bind(world.db)
        world.db.append = posts => {
            commits.push(posts)
            return append(posts)
        }
        group = new GroupCommit(world.db)
        for (const id of ["attic", "office"]) await addDevice(world.db, { id, createdAt: NOW_S })
    })
    afterEach(() => world.end())

    const post = (device: string, seq: number, more: Partial<Post> = {}): Post => ({
        device,
        batch: co2Batch(seq, NOW_S + seq * 60, [700]),
        seenAt: NOW_S,
        bytes: 100,
        ...more,
    })
    const seqs = async (id: string) =>
        (await world.store.readings(id, { from: 0, to: NOW_S + 1e6 }, 100)).readings.map(({ seq }) => seq)

    it("are one commit", async () => {
        const results = await Promise.all(["kitchen", "attic", "office"].map(id => group.append(post(id, 1))))
        assert.deepEqual(
            results.map(({ ack }) => ack),
            [1, 1, 1],
        )
        assert.equal(commits.length, 1)
    })

    it("from one device are one commit after the other, and a repeated one is found", async () => {
        const same = [
            group.append(post("kitchen", 1)),
            group.append(post("kitchen", 1)),
            group.append(post("kitchen", 2)),
        ]
        assert.deepEqual(
            (await Promise.all(same)).map(({ inserted }) => inserted),
            [1, 0, 1],
        )
        assert.equal(commits.length, 3)
        assert.deepEqual(await seqs("kitchen"), [1, 2])
    })

    it("are several commits at once where the database takes them, with no device in two of them", async () => {
        const underWay: string[][] = []
        let most = 0
        const { append } = world.db
        Object.assign(world.db, { groups: { maxPosts: 1, atOnce: 2 } })
        world.db.append = async posts => {
            underWay.push(posts.map(({ device }) => device))
            most = Math.max(most, underWay.length)
            assert.equal(new Set(underWay.flat()).size, underWay.flat().length)
            const results = await append(posts)
            underWay.shift()
            return results
        }
        const devices = ["kitchen", "kitchen", "attic", "kitchen", "attic", "office"]
        const acks = await Promise.all(devices.map((device, at) => group.append(post(device, at + 1))))
        assert.deepEqual(
            acks.map(({ ack }) => ack),
            [1, 2, 3, 4, 5, 6],
        )
        assert.equal(most, 2)
        assert.equal(commits.length, 6)
        assert.deepEqual(await seqs("kitchen"), [1, 2, 4])
    })

    it("do not fail with one that is refused", async () => {
        const [refused, stored] = await Promise.allSettled([
            group.append(post("kitchen", 1, { tokenSha256: "of another token" })),
            group.append(post("attic", 1)),
        ])
        assert.equal(refused.status === "rejected" && refused.reason.code, "TOKEN_UNKNOWN")
        assert.equal(stored.status, "fulfilled")
        assert.deepEqual([await seqs("kitchen"), await seqs("attic")], [[], [1]])
    })

    it("all fail if their commit fails, and none is stored", async () => {
        world.db.append = async () => {
            throw new AirpinError("STORE_FULL", "the database or its disk is full")
        }
        const results = await Promise.allSettled(["kitchen", "attic"].map(id => group.append(post(id, 1))))
        assert.deepEqual(
            results.map(({ status }) => status),
            ["rejected", "rejected"],
        )
        assert.deepEqual(await seqs("kitchen"), [])
    })

    it("refuse a device that starts too often in a day, until the next day", async () => {
        const boot = (at: number, seenAt = NOW_S) =>
            group.append({ ...post("kitchen", 1, { seenAt }), batch: co2Batch(1, NOW_S, [700], { boot: `b${at}` }) })
        for (let at = 0; at < MAX_BOOTS_A_DAY; at++) await boot(at)
        await assert.rejects(boot(MAX_BOOTS_A_DAY), { code: "DEVICE_LIMIT" })
        assert.equal((await boot(5)).repeated, 1, "a boot that is known is not refused")
        assert.equal((await boot(MAX_BOOTS_A_DAY, NOW_S + 86_400)).inserted, 1)
    })

    it("refuse a device that sends too much in a day", async () => {
        await group.append(post("kitchen", 1, { bytes: MAX_BYTES_A_DAY }))
        await assert.rejects(group.append(post("kitchen", 2, { bytes: 1 })), { code: "DEVICE_LIMIT" })
        assert.equal((await group.append(post("attic", 1))).ack, 1)
    })

    it("get 429 and the longest wait that a device accepts", async () => {
        await world.db.transaction(sql =>
            sql
                .updateTable("devices")
                .set({ usageDay: Math.floor(NOW_S / 86_400), usageBytes: MAX_BYTES_A_DAY })
                .execute(),
        )
        const response = await world.post({ boot: "b1", seq: 1, time: NOW_S, step: 60, co2Ppm: [700] })
        assert.deepEqual(
            [response.statusCode, response.json().code, response.headers["retry-after"]],
            [429, "DEVICE_LIMIT", "3600"],
        )
    })
})
