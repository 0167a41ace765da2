/** The name of this start of the program: readings are counted from 1 in each. And why it started. */
import * as ds from "@devicescript/core"
import { randomBuffer } from "@devicescript/crypto"
import { wholeNumber } from "../decimal"
import { say } from "../log"
import { RestartReason } from "../reading"
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

/** The start that runs. */
export interface OwnBoot extends Boot {
    /** why the program before restarted the chip; undefined when it was switched on or reset */
    why: RestartReason
    /** restarts in a row because the connection hung, since the server was last reached */
    stalls: number
}

/** The boot id of the wire: "12-0a1b2c3d". */
export function bootId(boot: Boot): string {
    const bytes = Buffer.alloc(4)
    for (let i = 0; i < 4; i++) bytes[i] = boot.random >> (24 - 8 * i)
    return `${boot.count}-${bytes.toString("hex")}`
}

/** One flash write; it takes 100 million to wear out the store. */
export async function newBoot(): Promise<OwnBoot> {
    await ds.sleep(SETTLE_MS)
    const words = ((await readText(COUNTER_KEY)) ?? "").split(" ")
    const count = (wholeNumber(words[0]) ?? 0) + 1
    await writeText(COUNTER_KEY, "" + count)
    const why = words[1] as RestartReason
    return { count, random: randomBuffer(RANDOM_BYTES).getAt(0, "u32"), why, stalls: wholeNumber(words[2] ?? "") ?? 0 }
}

/** Starts the chip anew, and lets the next start know why: "12 stalled 1". One flash write. */
export async function restart(boot: OwnBoot, why: RestartReason): Promise<void> {
    const stalls = why === "stalled" ? boot.stalls + 1 : 0
    await writeText(COUNTER_KEY, `${boot.count} ${why} ${stalls}`)
    say(`restart reason=${why} stalls=${stalls}`)
    ds.reboot()
}
