import type { Stored } from "./stored.ts"
import { co2Batch } from "./world.ts"

const YEAR_MINUTES = 525_600
const BATCH = 1_460

/** Stores a reading a minute for a year, the last of which ends at `endS`, Unix seconds. */
export async function storeYear(store: Stored, device: string, endS: number): Promise<void> {
    const startS = endS - (YEAR_MINUTES - 1) * 60
    for (let minute = 0; minute < YEAR_MINUTES; minute += BATCH) {
        const co2Ppm = Array.from({ length: BATCH }, (_, index) => 420 + ((minute + index) % 600))
        await store.append(device, co2Batch(minute + 1, startS + minute * 60, co2Ppm, { boot: "year" }), endS)
    }
}
