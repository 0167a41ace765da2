import assert from "node:assert/strict"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { Office, type RequestFault, START_MS } from "../../support/office.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

const START_S = START_MS / 1000
/** Maximum delay from power-on to the start of the program. */
const POWER_UP_S = 1

describe("the firmware in an office", function () {
    this.timeout(120_000)
    let authority: LocalCa
    before(async () => (authority = await temporaryCa()))

    describe("whose server is away for four hours, at three readings a minute and 30 a post", () => {
        const CAPACITY = 420
        let office: Office
        /** Adds almost 2 kB of headers to each response. */
        const longHead: RequestFault = (request, response, app) => {
            for (let i = 0; i < 9; i++) response.setHeader(`x-padding-${i}`, "p".repeat(180))
            app.routing(request, response)
        }
        before(async () => {
            office = await Office.open(
                authority,
                { INTERVAL_S: "20", BATCH: "30" },
                { withSgp30: true, watchHeap: true },
            )
            await office.runMinutes(12)
            await office.stopServer()
            await office.runMinutes(229)
            office.fault = longHead
            await office.startServer()
            await office.runMinutes(25)
        })
        after(() => office.close())

        const bodies = () =>
            office.requests().map(request => JSON.parse(request.split("\r\n\r\n")[1]!) as Record<string, unknown>)

        it("keeps all readings, in flash those that do not fit into RAM, and sends them when the server is back", async () => {
            const stored = await office.stored()
            assert.deepEqual(
                stored,
                stored.map((_, at) => at + 1),
            )
            assert.ok(stored.length > CAPACITY + 200)
            assert.ok(office.taken - stored.at(-1)! < 30)
            assert.equal((await office.known).lost, 0)
        })

        it("keeps the times of all readings, to the second", async () => {
            for (const { seq, time } of await office.readings())
                assert.ok(Math.abs(time - START_S - 20 * (seq + firstEnd(office))) <= POWER_UP_S, `${seq} at ${time}`)
        })

        it("sends at most 30 readings and 4 kB per request, in writes below 1 kB", async () => {
            const counts = bodies().map(body => (body.co2 as number[]).length)
            assert.equal(Math.max(...counts), 30)
            assert.ok(counts.filter(count => count === 30).length >= 17)
            assert.ok(office.requests().every(request => request.length < 4096))
            assert.ok(office.requests().some(request => request.length > 700))
            assert.ok(office.written.every(bytes => bytes.length < 1024))
        })

        it("measures five quantities throughout", async () => {
            const { seq, time, boot, ...values } = (await office.readings()).at(-1)!
            assert.ok(
                Object.values(values).every(value => typeof value === "number"),
                JSON.stringify(values),
            )
        })

        it("needs at most 24 kB of heap, with a full outbox, the largest batch and the longest responses", async () => {
            assert.ok(
                office.device.heapPeakBytes > 10_000 && office.device.heapPeakBytes <= 24 * 1024,
                `${office.device.heapPeakBytes} bytes`,
            )
        })
    })

    /** Intervals before the first reading: reading `seq` ends at `seq + firstEnd` intervals of 20 s. */
    function firstEnd(office: Office): number {
        const { seq, end } = office.events.find(({ event }) => event === "reading")!.values
        return Number(end) / 20 - Number(seq)
    }

    it("gives readings from before the first response their correct times", async () => {
        const office = await Office.open(authority)
        try {
            await office.stopServer()
            await office.runMinutes(20)
            assert.deepEqual(office.requests(), [])
            await office.startServer()
            await office.runMinutes(15)
            const ends = office.events
                .filter(({ event }) => event === "reading")
                .map(({ values }) => Number(values.end))
            const times = (await office.readings()).map(({ time }) => time - START_S)
            assert.ok(times.length >= 30)
            times.forEach((time, at) => assert.ok(Math.abs(time - ends[at]!) <= POWER_UP_S, `${time} for ${ends[at]}`))
            assert.deepEqual(new Set(times.slice(1).map((time, at) => time - times[at]!)), new Set([60]))
            assert.match(office.requests()[0]!, /"age":\d+/)
            assert.match(office.requests().at(-1)!, /"time":\d+/)
        } finally {
            await office.close()
        }
    })

    it("logs missing Wi-Fi, and delivers everything once it is there", async () => {
        const office = await Office.open(authority, { INTERVAL_S: "20" })
        try {
            office.device.network.available = false
            await office.runMinutes(10)
            assert.deepEqual(office.states(), ["idle", "connecting", "no-network"])
            assert.equal(office.seen.length, 0)
            assert.ok(office.taken >= 25, `${office.taken} readings`)
            office.device.network.available = true
            await office.runMinutes(1)
            assert.equal(office.states().at(-1), "ok")
            const stored = await office.stored()
            assert.deepEqual(
                stored,
                stored.map((_, at) => at + 1),
            )
            assert.ok(office.taken - stored.length < 5)
        } finally {
            await office.close()
        }
    })

    it("sends a temperature just below zero with its sign", async () => {
        const air = { airAt: () => ({ co2Ppm: 421, temperatureC: -0.05, humidityRh: 99.99 }) }
        const office = await Office.open(authority, { INTERVAL_S: "20", BATCH: "1" }, { air })
        try {
            await office.runMinutes(3)
            const { co2Ppm, temperatureC, humidityRh, tvocPpb, eco2Ppm } = (await office.readings()).at(-1)!
            assert.deepEqual([co2Ppm, temperatureC, humidityRh], [421, -0.05, 99.99])
            assert.deepEqual([tvocPpb ?? null, eco2Ppm ?? null], [null, null])
        } finally {
            await office.close()
        }
    })
})
