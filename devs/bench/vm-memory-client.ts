/** A process of many virtual chips. Started by vm-memory.ts. */
import { buildFirmware } from "../vm/firmware.ts"
import { type IdleChip, startChip } from "./idle-chip.ts"

/** long enough for every part of the firmware to have run */
const RUN_MS = 90_000

process.on("message", async (chips: number) => {
    const { bytecode } = await buildFirmware()
    const running: IdleChip[] = []
    for (const count of [1, chips]) {
        while (running.length < count) {
            const chip = await startChip(bytecode)
            chip.runFor(RUN_MS)
            running.push(chip)
        }
        global.gc?.()
        process.send?.(process.memoryUsage.rss())
    }
    process.disconnect()
})
