import assert from "node:assert/strict"
import { setTimeout as wait } from "node:timers/promises"
import { Live } from "../../../devs/api/streams/live.ts"
import { Subscription } from "../../../devs/api/streams/subscription.ts"

const POLL_MS = 10

/** Devices that a test changes at will. */
class Devices {
    polls = 0
    failures = 0
    readonly #seen = new Map<string, number>()

    post(id: string, seenAt: number): void {
        this.#seen.set(id, seenAt)
    }

    async marks() {
        this.polls++
        if (this.failures-- > 0) throw new Error("no database")
        return [...this.#seen].map(([id, lastSeenAt]) => ({
            id,
            name: id,
            revokedAt: null,
            lastSeenAt,
            revision: null,
            siteRevision: 0,
        }))
    }

    async views(ids: string[]) {
        return ids.map(id => {
            const device = { id, lastSeenAt: this.#seen.get(id) ?? null }
            return { ...device, parts: [device] }
        })
    }
}

describe("the changes that listeners hear of", () => {
    let devices: Devices
    let errors: unknown[]
    let live: Live

    beforeEach(() => {
        devices = new Devices()
        errors = []
        live = new Live({
            names: { all: "devices", one: "device" },
            source: devices,
            now: () => 1_000_000,
            onError: error => errors.push(error),
            pollIntervalMs: POLL_MS,
        })
    })
    afterEach(() => live.close())

    /** What a listener is sent within some polls. */
    async function heard(subscription: Subscription): Promise<string> {
        const texts = subscription.texts()
        const { value } = await texts.next()
        return value ?? ""
    }

    it("are looked for once, however many listen, and not at all while nobody does", async () => {
        const listeners = [await live.listen(null), await live.listen(null), await live.listen(null)]
        await wait(20 * POLL_MS)
        const polls = devices.polls
        assert.ok(polls >= 2 && polls <= 21, `${polls} polls`)
        for (const listener of listeners) live.leave(listener)
        await wait(2 * POLL_MS)
        const after = devices.polls
        await wait(10 * POLL_MS)
        assert.equal(devices.polls, after)
        const again = await live.listen(null)
        devices.post("kitchen", 1)
        assert.match(await heard(again), /event: device\nid: 1\n/)
    })

    it("of one device are all that the reader of that device hears", async () => {
        devices.post("attic", 1)
        const one = await live.listen("kitchen")
        const all = await live.listen(null)
        devices.post("attic", 2)
        devices.post("kitchen", 3)
        assert.match(await heard(all), /"ids":\["attic","kitchen"\][\s\S]*id: 2\n[\s\S]*id: 3\n/)
        const text = await heard(one)
        assert.ok(text.includes('"ids":["kitchen"]') && text.includes("id: 3\n"), text)
        assert.ok(!text.includes("attic"), text)
    })

    it("go on after a failure of the database, during which the time is not sent", async () => {
        const listener = await live.listen(null)
        devices.failures = 8
        devices.post("kitchen", 7)
        assert.match(await heard(listener), /^event: devices[\s\S]*id: 7\n/)
        assert.ok(errors.length >= 7)
    })

    it("reach a listener that came while the first one's query failed", async () => {
        devices.failures = 1
        const [first, second] = await Promise.allSettled([live.listen(null), live.listen(null)])
        assert.deepEqual([first.status, second.status], ["rejected", "fulfilled"])
        devices.post("kitchen", 7)
        if (second.status === "fulfilled") assert.match(await heard(second.value), /id: 7\n/)
    })

    it("are at most 500 listeners'", async () => {
        for (let at = 0; at < 500; at++) await live.listen(null)
        await assert.rejects(live.listen(null), { code: "READS_BUSY" })
    })

    it("of a device that changes faster than a client reads are sent once, in the newest state and in order", async () => {
        const subscription = new Subscription(null)
        const push = (id: string, position: number) =>
            subscription.push({ name: "device", key: id, data: `{"at":${position}}`, position })
        for (let at = 1; at <= 1000; at++) push(at % 2 === 0 ? "even" : "odd", at)
        assert.equal(
            await heard(subscription),
            'event: device\nid: 999\ndata: {"at":999}\n\nevent: device\nid: 1000\ndata: {"at":1000}\n\n',
        )
    })
})
