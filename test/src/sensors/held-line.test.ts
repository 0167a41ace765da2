import assert from "node:assert/strict"
import { chips } from "../../../devs/image/chip.ts"
import { addressOf } from "../../../devs/sim/sensors/parts.ts"
import { ScriptedServer, statusOf } from "../../support/scripted-server.ts"
import { type Part, Workbench } from "../../support/workbench.ts"

const PARTS: Part[] = ["sht3x", "scd30", "scd4x", "sgp30"]
const BATCH = 3
const MINUTE_S = 60
/** A round of the main loop may last at most this long; the task watchdog resets the chip after 5 s. */
const MAX_ROUND_MS = 1000

/** A device that delivers to a server, with a line that may be held. */
class HeldLine {
    readonly bench = new Workbench(PARTS)
    readonly server = new ScriptedServer(() => this.bench.nowMs)
    /** whether SCL or SDA is low in transfers with a part: all parts, these, or none */
    held: Part[] | "all" = []
    longestRoundMs = 0
    blockedMs = 0

    async powerUp(heldLineMs: number): Promise<this> {
        const { bench, server } = this
        await bench.powerUp(
            { API_URL: "https://air.example", API_TOKEN: "tok", BATCH: String(BATCH) },
            {
                network: server,
                heldLineMs,
                transferI2c: (address, ...transfer) =>
                    this.#isHeld(address) ? { status: 1, held: true } : bench.bus.transfer(address, ...transfer),
            },
        )
        bench.afterRound = () => {
            const { blockedMs } = bench.machine
            this.longestRoundMs = Math.max(this.longestRoundMs, blockedMs)
            this.blockedMs += blockedMs
        }
        return this
    }

    #isHeld(address: number): boolean {
        return this.held === "all" || this.held.some(part => addressOf(part) === address)
    }

    lastStates(): Record<string, string | undefined> {
        return Object.fromEntries(PARTS.map(part => [part, this.bench.states(part).at(-1)]))
    }
}

const allOf = (state: string) => Object.fromEntries(PARTS.map(part => [part, state]))

describe("a held I2C line", function () {
    this.timeout(60_000)

    for (const [chip, { heldLineMs }] of Object.entries(chips)) {
        it(`makes every part absent on an ${chip}, which never blocks for over 1 s at a time, delivers, and measures again`, async () => {
            const line = await new HeldLine().powerUp(heldLineMs)
            const { bench, server } = line
            bench.runSeconds(2 * MINUTE_S)
            assert.deepEqual(line.lastStates(), allOf("ready"))
            line.held = "all"
            const heldFromMs = bench.nowMs
            bench.runSeconds(20 * MINUTE_S)
            assert.ok(line.longestRoundMs <= MAX_ROUND_MS, `a round of ${line.longestRoundMs} ms`)
            assert.ok(line.longestRoundMs >= heldLineMs)
            const share = line.blockedMs / (bench.nowMs - heldFromMs)
            assert.ok(share < 0.15, `blocked for ${share} of the time`)
            assert.deepEqual(line.lastStates(), allOf("absent"))
            const taken = Number(bench.logged("reading").at(-1)!.seq)
            assert.equal(server.stored.size, taken, "every reading is delivered while the line is held")
            line.held = []
            bench.runSeconds(2 * MINUTE_S)
            assert.deepEqual(line.lastStates(), allOf("ready"))
            assert.ok(Number(bench.logged("reading").at(-1)!.seq) >= taken + 5)
            assert.deepEqual([bench.panics, bench.logged("fault")], [[], []])
        })

        for (const part of PARTS)
            it(`by the ${part} alone leaves the others their readings on an ${chip}`, async () => {
                const line = await new HeldLine().powerUp(heldLineMs)
                const { bench } = line
                bench.runSeconds(2 * MINUTE_S)
                line.held = [part]
                bench.runSeconds(MINUTE_S)
                const from = bench.events.length
                bench.runSeconds(10 * MINUTE_S)
                assert.ok(line.longestRoundMs <= MAX_ROUND_MS, `a round of ${line.longestRoundMs} ms`)
                assert.deepEqual(line.lastStates(), { ...allOf("ready"), [part]: "absent" })
                const expected = part === "sgp30" ? ["co2Ppm"] : ["co2Ppm", "eco2Ppm"]
                const readings = bench.quantitiesSince(from)
                assert.ok(readings.length >= 59, `${readings.length} readings`)
                for (const reading of readings)
                    assert.deepEqual(
                        reading.filter(name => name.endsWith("co2Ppm") || name === "eco2Ppm"),
                        expected,
                    )
                const { sensors } = statusOf(line.server.batches.at(-1)!)
                assert.equal(sensors?.[part]?.state, "absent")
                assert.deepEqual([bench.panics, bench.logged("fault")], [[], []])
            })
    }
})
