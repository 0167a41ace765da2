import assert from "node:assert/strict"
import { programFor, programs } from "../../devs/image/board-program.ts"
import { readBoard } from "../../devs/image/boards.ts"
import { VirtualPanel } from "../../devs/sim/panel/virtual-panel.ts"
import { floodHead, heapBudgets, proxyHeads, type WorstHeap, worstHeap } from "../../devs/testbed/worst-heap.ts"
import { buildFirmware } from "../../devs/vm/firmware.ts"

const CAPACITIES = { esp32: 420, esp32s2: 120 }
const LARGEST_BATCH = 30
/** of the outbox: enough for the largest batch */
const SOME_READINGS = 0.2

describe("the firmware's heap", function () {
    this.timeout(180_000)

    function assertWithin(heap: WorstHeap, budgetBytes: number, capacity: number): void {
        const { peakBytes, stored, largestBatch, lost } = heap
        assert.ok(stored > capacity - LARGEST_BATCH && lost > 0, `${stored} stored, ${lost} lost`)
        assert.equal(largestBatch, LARGEST_BATCH)
        assert.ok(peakBytes > budgetBytes / 2 && peakBytes <= budgetBytes, `${peakBytes} bytes`)
    }

    for (const chip of ["esp32", "esp32s2"] as const)
        for (const [name, head] of Object.entries(proxyHeads))
            it(`stays below ${heapBudgets.plain[chip] / 1024} kB on the ${chip} with a full outbox, every sensor and its errors, the largest batch, a settings report and responses with ${name}`, async () => {
                const { bytecode } = await buildFirmware()
                assertWithin(await worstHeap(bytecode, chip, head), heapBudgets.plain[chip], CAPACITIES[chip])
            })

    // the other panels: `airpin build` measures every program
    it("stays within its budget with the panel of an M5Stack Core", async () => {
        const board = await readBoard("m5stack_core")
        const { bytecode } = await buildFirmware(programs.screen)
        const heap = await worstHeap(bytecode, "esp32", proxyHeads["many short headers"], new VirtualPanel(board))
        assertWithin(heap, heapBudgets.screen.esp32, CAPACITIES.esp32)
    })

    for (const id of ["xiao_esp32c3", "m5stack_core"])
        it(`of ${id} holds what arrives of an endless response before the program can refuse it`, async () => {
            const board = await readBoard(id)
            const { bytecode } = await buildFirmware(programs[programFor(board)])
            const panel = new VirtualPanel(board)
            const { outOfMemory, stored } = await worstHeap(bytecode, "esp32", floodHead, panel, SOME_READINGS)
            assert.ok(stored > 0)
            assert.equal(outOfMemory, 0)
        })
})
