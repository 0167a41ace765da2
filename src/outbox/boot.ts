/** The name of this start of the program: readings are counted from 1 in each. */
import * as ds from "@devicescript/core"
import { randomBuffer } from "@devicescript/crypto"
import { wholeNumber } from "../decimal"
import { readText, writeText } from "../settings"

const COUNTER_KEY = "bootCount"
const RANDOM_BYTES = 4
/** A weak supply fails when the radio starts: by then a chip that will brown out has done so, and no write is cut. */
const SETTLE_MS = 2000

/**
 * A boot id this device never had: a counter kept in flash, and random bits
 * should the store be lost. One flash write; it takes 100 million to wear out
 * the store.
 */
export async function newBootId(): Promise<string> {
    await ds.sleep(SETTLE_MS)
    const kept = wholeNumber((await readText(COUNTER_KEY)) ?? "")
    const count = (kept ?? 0) + 1
    await writeText(COUNTER_KEY, "" + count)
    return `${count}-${randomBuffer(RANDOM_BYTES).toString("hex")}`
}
