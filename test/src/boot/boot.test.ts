import assert from "node:assert/strict"
import { readStore } from "../../../devs/image/fstor.ts"
import { Random } from "../../../devs/sim/random.ts"
import { cutsBetween } from "../../support/flash-writes.ts"
import { flashWith } from "../../support/program.ts"
import { Workbench } from "../../support/workbench.ts"

/** The same random bits at each boot. */
function worstLuck() {
    const random = new Random(7)
    return (length: number) => Uint8Array.from({ length }, () => random.next() * 256)
}

/** False if the runtime would format the store. */
function mounts(flash: Uint8Array): boolean {
    try {
        readStore(flash)
        return true
    } catch (error) {
        return !/an interrupted write/.test((error as Error).message)
    }
}

describe("the firmware's boot id", () => {
    async function start(flash: Uint8Array) {
        const saves: Uint8Array[] = []
        const bench = await new Workbench([]).powerUp(
            {},
            { flash, randomBytes: worstLuck(), onFlash: bytes => saves.push(bytes) },
        )
        bench.runSeconds(10)
        return { id: bench.logged("boot")[0]!.id!, saves }
    }

    it("differs at each boot of a chip, even with the same random bits", async () => {
        const ids: string[] = []
        let flash: Uint8Array = flashWith({})
        for (let starts = 0; starts < 12; starts++) {
            const started = await start(flash)
            ids.push(started.id)
            flash = started.saves.at(-1)!
        }
        assert.deepEqual(
            ids.map(id => id.split("-")[0]),
            ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
        )
    })

    it("differs by its random bits after the store was lost", async () => {
        const ids = new Set<string>()
        for (let chip = 0; chip < 3; chip++) {
            const bench = await new Workbench([]).powerUp()
            bench.runSeconds(10)
            ids.add(bench.logged("boot")[0]!.id!)
        }
        assert.equal(ids.size, 3)
    })

    it("has a form that the server accepts", async () => {
        const { id } = await start(flashWith({}))
        assert.match(id, /^[0-9]+-[0-9a-f]{8}$/)
    })

    it("is never reused after a power cut during its write that the store survives", async () => {
        let before: Uint8Array = flashWith({})
        for (let starts = 0; starts < 4; starts++) {
            const { id, saves } = await start(before)
            assert.match(id, new RegExp(`^${starts + 1}-`))
            const cuts = cutsBetween(saves.at(-2)!, saves.at(-1)!).filter(({ flash }) => mounts(flash))
            const counts = []
            for (const { flash } of cuts) counts.push(Number.parseInt((await start(flash)).id, 10))
            // nothing written; the last byte of the entry missing; all written
            assert.deepEqual(counts, [starts + 1, starts + 1, starts + 2])
            before = saves.at(-1)!
        }
    })

    it("starts from 1 if the stored count is unreadable", async () => {
        const { id } = await start(flashWith({ bootCount: "many" }))
        assert.match(id, /^1-/)
    })
})
