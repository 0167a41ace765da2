import assert from "node:assert/strict"
import { heapBudgets, proxyHeads, worstHeap } from "../../devs/testbed/worst-heap.ts"
import { buildFirmware } from "../../devs/vm/firmware.ts"

describe("the firmware's heap", function () {
    this.timeout(180_000)
    const capacities = { esp32: 420, esp32s2: 120 }
    for (const chip of ["esp32", "esp32s2"] as const)
        for (const [name, head] of Object.entries(proxyHeads))
            it(`stays below ${heapBudgets.plain[chip] / 1024} kB on the ${chip} with a full outbox, every sensor and its errors, the largest batch, a settings report and responses with ${name}`, async () => {
                const { bytecode } = await buildFirmware()
                const capacity = capacities[chip]
                const { peakBytes, stored, largestBatch, lost } = await worstHeap(bytecode, chip, head)
                assert.ok(stored > capacity - 30 && lost > 0, `${stored} stored, ${lost} lost`)
                assert.equal(largestBatch, 30)
                const budgetBytes = heapBudgets.plain[chip]
                assert.ok(peakBytes > budgetBytes / 2 && peakBytes <= budgetBytes, `${peakBytes} bytes`)
            })
})
