import assert from "node:assert/strict"
import { Random } from "../../devs/sim/random.ts"
import { flashWith } from "../support/program.ts"
import { Workbench } from "../support/workbench.ts"

/** The same random bits at every start. */
function worstLuck() {
    const random = new Random(7)
    return (length: number) => Uint8Array.from({ length }, () => random.next() * 256)
}

describe("the firmware's boot id", function () {
    this.timeout(60_000)

    async function start(flash: Uint8Array) {
        const bench = await new Workbench([]).powerUp({}, { flash, randomBytes: worstLuck() })
        bench.runSeconds(10)
        return { id: bench.said("boot")[0]!.id!, flash: bench.flash }
    }

    it("differs at every start of a chip, even with the same random bits", async () => {
        const ids: string[] = []
        let flash: Uint8Array = flashWith({})
        for (let starts = 0; starts < 12; starts++) {
            const started = await start(flash)
            ids.push(started.id)
            flash = started.flash
        }
        assert.deepEqual(ids.map(id => id.split("-")[0]), ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"])
    })

    it("differs after the store was lost, by its random bits", async () => {
        const ids = new Set<string>()
        for (let chip = 0; chip < 3; chip++) {
            const bench = await new Workbench([]).powerUp()
            bench.runSeconds(10)
            ids.add(bench.said("boot")[0]!.id!)
        }
        assert.equal(ids.size, 3)
    })

    it("is one that the server takes", async () => {
        const { id } = await start(flashWith({}))
        assert.match(id, /^[0-9]+-[0-9a-f]{8}$/)
    })

    it("begins anew at a counter that cannot be read", async () => {
        const { id } = await start(flashWith({ bootCount: "many" }))
        assert.match(id, /^1-/)
    })
})
