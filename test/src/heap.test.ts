import assert from "node:assert/strict"
import { chips } from "../../devs/image/chip.ts"
import { type Play, ScriptedServer } from "../support/scripted-server.ts"
import { WifiService } from "../support/wifi-service.ts"
import { Workbench } from "../support/workbench.ts"

interface Profile {
    capacity: number
    budgetBytes: number
    settings: Record<string, string>
}

const profiles: Record<string, Profile> = {
    "64 kB": { capacity: 420, budgetBytes: 24 * 1024, settings: {} },
    "the ESP32-S2's 40 kB": { capacity: 120, budgetBytes: 20 * 1024, settings: chips.esp32s2.settings! },
}

/** as long as the store accepts them */
const longest = {
    API_URL: `https://${"a".repeat(190)}.example:8443`,
    API_TOKEN: "t".repeat(210),
    INTERVAL_S: "5",
    BATCH: "30",
}

/** all in effect already, except for two that are refused */
const DESIRED =
    '{"revision":1,"INTERVAL_S":5,"BATCH":30,"ALTITUDE_M":0,"PRESSURE_HPA":0,"ASC":1,"LOW_POWER":0,"CO2_FAIR_PPM":1,"CO2_POOR_PPM":2}'

/** 4 kB, as a proxy adds to each response */
const heads: Record<string, string> = {
    "one long header": `X: ${"y".repeat(3800)}\r\n`,
    "many short headers": "a:b\r\n".repeat(760),
}

describe("the firmware's heap", () => {
    for (const [of, { capacity, budgetBytes, settings }] of Object.entries(profiles))
        for (const [name, padding] of Object.entries(heads))
            it(`stays below ${budgetBytes / 1024} of ${of} with a full outbox, every sensor and its errors, the largest batch, a settings report and responses with ${name}`, async () => {
                const bench = new Workbench(["sht3x", "scd30", "scd4x", "sgp30"])
                const server = new ScriptedServer(() => bench.nowMs)
                server.play = answerWith(padding)
                server.available = false
                await bench.powerUp({ ...longest, ...settings }, { network: server })
                const wifi = new WifiService()
                wifi.signalDbm = -67
                bench.afterRound = () => wifi.round(bench.machine, bench.nowMs)
                for (const part of [bench.sht3x, bench.scd30, bench.scd4x, bench.sgp30]) part.faults.corruptNextCrc = 1
                bench.runSeconds(3 * capacity * 5)
                bench.machine.watchHeap(true)
                server.available = true
                bench.runSeconds(25)
                assert.ok(wifi.asked > 3)
                assert.ok(server.stored.size > capacity - 30, `${server.stored.size} stored`)
                const lost = bench.logged("lost").at(-1)!
                assert.equal(lost.reason, "full")
                assert.match(server.batches.at(-1)!.text, new RegExp(`"lost":${lost.total},`))
                assert.equal(Math.max(...server.batches.map(({ count }) => count)), 30)
                const { heapPeakBytes } = bench.machine
                assert.ok(heapPeakBytes > budgetBytes / 2 && heapPeakBytes <= budgetBytes, `${heapPeakBytes} bytes`)
            })
})

/** The response in pieces of 1 kB at once, as the chip reads its socket. */
function answerWith(padding: string): Play {
    return (batch, server) => {
        server.store(batch)
        const response = server
            .acknowledgement(batch, `${batch.seq + batch.count - 1},"desired":${DESIRED}`)
            .replace("\r\n", `\r\n${padding}`)
        for (let at = 0; at < response.length; at += 1024) server.reply(response.slice(at, at + 1024))
        return true
    }
}
