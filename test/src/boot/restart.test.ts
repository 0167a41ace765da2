import assert from "node:assert/strict"
import { ScriptedServer, statusOf } from "../../support/scripted-server.ts"
import { Workbench } from "../../support/workbench.ts"

const MINUTE_S = 60
const settings = { API_URL: "https://air.example", API_TOKEN: "tok_1", INTERVAL_S: "30", BATCH: "2" }

describe("the firmware restarts its chip", () => {
    let bench: Workbench
    let server: ScriptedServer

    beforeEach(async () => {
        bench = new Workbench(["scd4x"])
        server = new ScriptedServer(() => bench.nowMs)
        await bench.powerUp(settings, { network: server })
    })

    /** A server that stalls in the handshake blocks the chip's worker: no attempt has a result any more. */
    const stall = () => (server.onOpen = () => undefined)
    const recover = () => (server.onOpen = () => server.soon({ type: "open" }))

    it("after three connection attempts without a result, and loses no reading", async () => {
        bench.runSeconds(5 * MINUTE_S)
        const stored = server.stored.size
        stall()
        server.soon({ type: "close" })
        const tookS = await bench.runToRestart(60 * MINUTE_S, { network: server })
        assert.ok(tookS! > 15 * MINUTE_S && tookS! < 30 * MINUTE_S, `${tookS} s`)
        recover()
        const before = server.batches.length
        bench.runSeconds(5 * MINUTE_S)
        assert.equal(bench.logged("boot")[0]!.reason, "stalled")
        const bodies = server.batches.slice(before).map(
            ({ text }) =>
                JSON.parse(text.split("\r\n\r\n")[1]!) as {
                    boot: string
                    seq: number
                    co2Ppm: number[]
                    gap?: number
                },
        )
        const former = bodies
            .filter(({ boot }) => boot.startsWith("1-"))
            .flatMap(({ seq, co2Ppm }) => co2Ppm.map((_, at) => seq + at))
        const taken = Math.floor((5 * MINUTE_S + tookS!) / 30)
        assert.deepEqual(
            former,
            Array.from({ length: taken - stored }, (_, at) => stored + 1 + at),
            "all of the boot before, once, in order",
        )
        assert.equal(statusOf(server.batches.at(-1)!).restartReason, "stalled")
        assert.ok(Math.max(...bodies.map(({ gap = 0 }) => gap)) <= 1)
    })

    it("less often while that does not help, and after three again once it did", async () => {
        const tookMinutes: number[] = []
        stall()
        for (let starts = 0; starts < 4; starts++)
            tookMinutes.push((await bench.runToRestart(120 * MINUTE_S, { network: server }))! / MINUTE_S)
        recover()
        bench.runSeconds(5 * MINUTE_S)
        stall()
        server.soon({ type: "close" })
        tookMinutes.push((await bench.runToRestart(120 * MINUTE_S, { network: server }))! / MINUTE_S)
        const limits = [
            [15, 30],
            [30, 55],
            [60, 110],
            [60, 110],
            [15, 30],
        ]
        limits.forEach(([least, most], at) =>
            assert.ok(tookMinutes[at]! >= least! && tookMinutes[at]! < most!, `${tookMinutes}`),
        )
    })

    it("but not while attempts fail in other ways", async () => {
        server.onOpen = () => server.soon({ type: "error", message: "can't connect" }, 200_000)
        assert.equal(await bench.runToRestart(5 * 60 * MINUTE_S), undefined)
    })
})
