import assert from "node:assert/strict"
import { createStore } from "../../../devs/image/fstor.ts"
import { settingEntries } from "../../../devs/image/store-entries.ts"
import { type Cut, cutsBetween } from "../../support/flash-writes.ts"
import { interview, START_MS } from "../../support/program.ts"
import { ScriptedServer } from "../../support/scripted-server.ts"
import { Workbench } from "../../support/workbench.ts"

/** As on the ESP32: 16 kB per side. */
const STORE_BYTES = 256 * 1024
const SLOTS = 57
/** A day before the chip starts. */
const EARLIER_S = START_MS / 1000 - 86_400
const settings = {
    API_URL: "https://air.example",
    API_TOKEN: "t".repeat(32),
    INTERVAL_S: "60",
    BATCH: "1",
    bootCount: "1",
}
const newStore = () => createStore(STORE_BYTES, settingEntries(settings))

type Block = [boot: number, firstSeq: number, count: number]

/** The journal on a chip whose flash can be inspected and copied. */
async function journalOn(flash: Uint8Array) {
    const saves: Buffer[] = []
    const { ask, log } = await interview({ flash: flash.slice(), onFlash: bytes => saves.push(Buffer.from(bytes)) })
    const deployed = saves.at(-1)!
    saves.length = 0
    ask("journalOpen")
    assert.equal(saves.length, 0)
    const waiting = () => ask<Block[]>("journalWaiting")
    /** Pushes this many readings, a minute apart, and writes them. @returns number of readings dropped from flash */
    const keep = (boot: number, count: number, endS: number, offsetS = EARLIER_S): number => {
        ask("ringPushMany", count, endS, 60, [721, 401, 5, 2318, 2727])
        return ask<number>("journalWrite", boot, offsetS)
    }
    return { ask, saves, log, waiting, keep, deployed }
}

describe("the firmware's journal", function () {
    this.timeout(240_000)

    it("rewrites the newest block until it is full, and finds all blocks after a boot", async () => {
        const { saves, waiting, keep } = await journalOn(newStore())
        for (let write = 0; write < 10; write++) assert.equal(keep(1, 10, 60 + 600 * write), 0)
        assert.deepEqual(waiting(), [
            [1, 1, 60],
            [1, 61, 40],
        ])
        assert.equal(saves.length, 10)
        assert.deepEqual((await journalOn(saves.at(-1)!)).waiting(), [
            [1, 1, 60],
            [1, 61, 40],
        ])
    })

    it("writes nothing if there is no new reading", async () => {
        const { saves, keep } = await journalOn(newStore())
        assert.equal(keep(1, 0, 60), 0)
        keep(1, 5, 60)
        keep(1, 0, 360)
        assert.equal(saves.length, 1)
    })

    it("deletes everything with one write once all of it is delivered", async () => {
        const { ask, saves, waiting, keep } = await journalOn(newStore())
        for (let write = 0; write < 10; write++) keep(1, 10, 60 + 600 * write)
        saves.length = 0
        ask("journalRelease", 1, 70)
        ask("journalWriteCheckpoint")
        assert.deepEqual(waiting(), [[1, 61, 40]])
        assert.equal(saves.length, 0)
        ask("journalRelease", 1, 100)
        ask("journalWriteCheckpoint")
        ask("journalWriteCheckpoint")
        assert.equal(saves.length, 1)
        assert.deepEqual((await journalOn(saves.at(-1)!)).waiting(), [])
    })

    it("drops and counts the oldest block when all 57 are full, still with one write", async () => {
        const { saves, waiting, keep } = await journalOn(newStore())
        let dropped = 0
        for (let write = 0; write < SLOTS + 2; write++) dropped += keep(1, 64, 60 + 64 * 60 * write)
        assert.equal(dropped, 2 * 64)
        assert.deepEqual(waiting()[0], [1, 129, 64])
        assert.equal(waiting().length, SLOTS)
        assert.ok(SLOTS * 64 >= 48 * 60)
        assert.deepEqual((await journalOn(saves.at(-1)!)).waiting(), waiting())
    })

    it("skips a damaged block and logs it", async () => {
        const { saves, keep } = await journalOn(newStore())
        for (let write = 0; write < 3; write++) keep(1, 64, 60 + 64 * 60 * write)
        const flash = Buffer.from(saves.at(-1)!)
        const second = flash.indexOf(Buffer.from("0100000041000000", "hex"))
        assert.ok(second > 0)
        flash[second + 30]! ^= 0x10
        const after = await journalOn(flash)
        assert.deepEqual(after.waiting(), [
            [1, 1, 64],
            [1, 129, 64],
        ])
        assert.ok(after.log.some(line => line.endsWith("journal problem=damaged block=1")))
    })

    /** Boots the firmware with this flash. @returns the bodies of its posts */
    async function deliver(flash: Buffer): Promise<Record<string, unknown>[]> {
        const bench = new Workbench()
        const server = new ScriptedServer(() => bench.nowMs)
        await bench.powerUp({}, { network: server, flash })
        bench.runSeconds(150)
        return server.batches.map(({ text }) => JSON.parse(text.split("\r\n\r\n")[1]!) as Record<string, unknown>)
    }

    it("sends the readings of a previous boot before its own, and counts the damaged ones", async () => {
        const { saves, keep } = await journalOn(newStore())
        for (let write = 0; write < 3; write++) keep(1, 64, 60 + 64 * 60 * write)
        const flash = Buffer.from(saves.at(-1)!)
        flash[flash.indexOf(Buffer.from("0100000041000000", "hex")) + 30]! ^= 0x10
        const bodies = await deliver(flash)
        assert.deepEqual(
            bodies.slice(0, 6).map(({ boot, seq, time }) => [boot, seq, time]),
            [
                ["1-00000001", 1, EARLIER_S + 60],
                ["1-00000001", 31, EARLIER_S + 31 * 60],
                ["1-00000001", 61, EARLIER_S + 61 * 60],
                ["1-00000001", 129, EARLIER_S + 129 * 60],
                ["1-00000001", 159, EARLIER_S + 159 * 60],
                ["1-00000001", 189, EARLIER_S + 189 * 60],
            ],
        )
        const { boot, seq, lost, damaged, gap } = bodies[6]!
        assert.match(boot as string, /^2-/)
        assert.deepEqual([seq, lost, damaged], [1, 64, 64])
        assert.equal(gap, 24 * 60 - 192)
    })

    it("counts nothing as damaged if a power cut prevented the checkpoint", async () => {
        const { ask, saves, keep } = await journalOn(newStore())
        keep(1, 64, 60)
        ask("ringAcknowledge", 64)
        ask("ringPushMany", 100, 65 * 60, 60, [721, 401, 5, 2318, 2727])
        ask("ringAcknowledge", 164)
        keep(1, 10, 165 * 60)
        const bodies = await deliver(saves.at(-1)!)
        assert.deepEqual(
            bodies.slice(0, 5).map(({ boot, seq, lost = 0 }) => [(boot as string).slice(0, 2), seq, lost]),
            [
                ["1-", 1, 0],
                ["1-", 31, 0],
                ["1-", 61, 0],
                ["1-", 165, 0],
                ["2-", 1, 0],
            ],
        )
    })

    it("drops and counts the readings of a boot whose time is unknown", async () => {
        const { saves, keep } = await journalOn(newStore())
        keep(1, 20, 60, 0)
        const [first] = await deliver(saves.at(-1)!)
        assert.match(first!.boot as string, /^2-/)
        assert.deepEqual([first!.seq, first!.lost, first!.undated, first!.gap], [1, 20, 20, undefined])
    })

    describe("when the power is cut at any flash operation", () => {
        const old: Block[] = [
            [1, 1, 60],
            [1, 61, 30],
        ]
        let start: Buffer
        let written: Buffer[]
        let marked: Buffer[]
        let swapped: { before: Buffer; saves: Buffer[]; waiting: Block[][] }

        before(async () => {
            const { ask, saves, keep, waiting } = await journalOn(newStore())
            for (let write = 0; write < 9; write++) keep(1, 10, 60 + 600 * write)
            start = saves.at(-1)!
            saves.length = 0
            keep(1, 10, 5460)
            written = saves.splice(0)
            ask("journalRelease", 1, 100)
            ask("journalWriteCheckpoint")
            marked = saves.splice(0)
            let last = marked.at(-1)!
            for (let endS = 6060; ; endS += 600) {
                const was = waiting()
                keep(2, 10, endS)
                if (saves.length > 1) {
                    swapped = { before: last, saves: saves.splice(0), waiting: [was, waiting()] }
                    return
                }
                last = saves.splice(0).at(-1)!
            }
        })

        /** The cuts after which the journal is neither as before nor as after the write, or the settings are lost. */
        async function losses(cuts: Cut[], good: Block[][]): Promise<string[]> {
            const lost: string[] = []
            for (const { at, flash } of cuts) {
                const { ask, waiting } = await journalOn(flash)
                const isGood = good.some(blocks => JSON.stringify(blocks) === JSON.stringify(waiting()))
                if (!isGood || ask("readText", "API_URL") !== "https://air.example") lost.push(at)
            }
            return lost
        }

        it("a write of a block loses the store only between its first byte and the last of its entry", async () => {
            assert.equal(written.length, 1)
            const cuts = cutsBetween(start, written[0]!)
            assert.equal(cuts.length, 7)
            assert.deepEqual(
                await losses(cuts, [
                    old,
                    [
                        [1, 1, 60],
                        [1, 61, 40],
                    ],
                ]),
                windowOf(15, 15648, 70),
            )
        })

        it("so does the write of the checkpoint", async () => {
            assert.equal(marked.length, 1)
            const cuts = cutsBetween(written[0]!, marked[0]!)
            assert.equal(cuts.length, 7)
            assert.deepEqual(
                await losses(cuts, [
                    [],
                    [
                        [1, 1, 60],
                        [1, 61, 40],
                    ],
                ]),
                windowOf(16, 15640, 8),
            )
        })

        it("a move to the other side of the store loses nothing, except in the same window of the write after it", async () => {
            const cuts = [
                ...cutsBetween(swapped.before, swapped.saves[0]!),
                ...cutsBetween(swapped.saves[0]!, swapped.saves[1]!),
            ]
            assert.equal(cuts.length, 236)
            assert.deepEqual(await losses(cuts, swapped.waiting), windowOf(36, 30104, 70))
        })
    })
})

/** The cuts after which the runtime formats the store. */
function windowOf(entry: number, valueAt: number, size: number): string[] {
    const value = [size >> 1, size - 1].map(written => `value at ${valueAt}, ${written} of ${size} bytes`)
    return [...value, ...[0, 12].map(written => `entry ${entry}, ${written} of 24 bytes`)]
}
