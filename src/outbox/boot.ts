/** The name of this start of the program: readings are counted from 1 in each. */
import * as ds from "@devicescript/core"
import { randomBuffer } from "@devicescript/crypto"
import { wholeNumber } from "../decimal"
import { readText, writeText } from "../settings"

const COUNTER_KEY = "bootCount"
const RANDOM_BYTES = 4
/** A weak supply fails when the radio starts: by then a chip that will brown out has done so, and no write is cut. */
const SETTLE_MS = 2000

/** One start of the program. Together the two numbers are a name that this device never had. */
export interface Boot {
    /** kept in flash, from 1 */
    count: number
    /** u32, should the store be lost */
    random: number
}

/** The boot id of the wire: "12-0a1b2c3d". */
export function bootId(boot: Boot): string {
    const bytes = Buffer.alloc(4)
    for (let i = 0; i < 4; i++) bytes[i] = boot.random >> (24 - 8 * i)
    return `${boot.count}-${bytes.toString("hex")}`
}

/** One flash write; it takes 100 million to wear out the store. */
export async function newBoot(): Promise<Boot> {
    await ds.sleep(SETTLE_MS)
    const kept = wholeNumber((await readText(COUNTER_KEY)) ?? "")
    const count = (kept ?? 0) + 1
    await writeText(COUNTER_KEY, "" + count)
    return { count, random: randomBuffer(RANDOM_BYTES).getAt(0, "u32") }
}
