import assert from "node:assert/strict"
import { ScriptedServer, type Play } from "../support/scripted-server.ts"
import { Workbench } from "../support/workbench.ts"

const BUDGET_BYTES = 24 * 1024
const CAPACITY = 480

describe("the firmware's heap", function () {
    this.timeout(60_000)

    // as long as the store takes them
    const settings = { API_URL: `https://${"a".repeat(190)}.example:8443`, API_TOKEN: "t".repeat(210), INTERVAL_S: "5", BATCH: "30" }

    const heads: Record<string, string> = {
        "one header of 1.9 kB": `X: ${"y".repeat(1900)}\r\n`,
        "many short headers": "a:b\r\n".repeat(380),
    }
    for (const [name, padding] of Object.entries(heads))
        it(`stays below 24 kB with a full outbox, every sensor, the largest batch and answers with ${name}`, async () => {
            const bench = new Workbench(["sht3x", "scd30", "scd4x", "sgp30"])
            const server = new ScriptedServer(() => bench.nowMs)
            server.play = answerWith(padding)
            server.available = false
            await bench.powerUp(settings, { network: server })
            bench.runSeconds(3 * CAPACITY * 5)
            bench.machine.watchHeap(true)
            server.available = true
            bench.runSeconds(25)
            assert.ok(server.stored.size > CAPACITY - 30, `${server.stored.size} stored`)
            const lost = bench.said("lost").at(-1)!
            assert.equal(lost.reason, "full")
            assert.match(server.batches.at(-1)!.text, new RegExp(`"lost":${lost.total},`))
            assert.equal(server.batches[0]!.count, 30)
            assert.ok(bench.machine.heapPeakBytes > 12_000 && bench.machine.heapPeakBytes <= BUDGET_BYTES, `${bench.machine.heapPeakBytes} bytes`)
        })
})

/** The answer in pieces of 1 kB at once, as the chip reads its socket. */
function answerWith(padding: string): Play {
    return (batch, server) => {
        server.store(batch)
        const answer = server.acknowledgement(batch).replace("\r\n", `\r\n${padding}`)
        for (let at = 0; at < answer.length; at += 1024) server.reply(answer.slice(at, at + 1024))
        return true
    }
}
