/** The name of this start of the program: readings are counted from 1 in each. And why it started. */
import * as ds from "@devicescript/core"
import { randomBuffer } from "@devicescript/crypto"
import { parseWholeNumber } from "../decimal"
import { readText, writeText } from "../flash-store"
import { log } from "../log"
import { RestartReason } from "../wire"
import { ServerClock } from "./server-clock"
import { beginChain, chainText, continueChain } from "./uptime-chain"

/** Each count goes under one of two keys in turn: a cut that tears the one write leaves the other. */
const EVEN_KEY = "bootCount"
const ODD_KEY = "bootOther"
const RANDOM_BYTES = 4
/** A weak supply fails when the radio starts: by then a chip that will brown out has done so, and no write is cut. */
const SUPPLY_SETTLE_MS = 2000

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
    restartReason: RestartReason
    /** restarts in a row because the connection hung, since the server was last reached */
    stalls: number
}

/** The boot id of the wire: "12-0a1b2c3d". */
export function bootId(boot: Boot): string {
    const bytes = Buffer.alloc(4)
    for (let i = 0; i < 4; i++) bytes[i] = boot.random >> (24 - 8 * i)
    return `${boot.count}-${bytes.toString("hex")}`
}

/**
 * One flash write; it takes 100 million to wear out the store.
 *
 * @param clock is set when the start before restarted the chip and knew the time
 */
export async function newBoot(clock: ServerClock): Promise<OwnBoot> {
    await ds.sleep(SUPPLY_SETTLE_MS)
    const even = await readFields(EVEN_KEY)
    const odd = await readFields(ODD_KEY)
    const fields = isNewer(odd, even) ? odd : even
    const count = (numberAt(fields, 0) ?? 0) + 1
    await writeText(keyOf(count), "" + count)
    const first = numberAt(fields, 3)
    if (first === undefined) beginChain(count)
    else clock.offsetS = continueChain(first, numberAt(fields, 4) ?? 0, numberAt(fields, 5) ?? 0)
    const restartReason = fields[1] as RestartReason
    return {
        count,
        random: randomBuffer(RANDOM_BYTES).getAt(0, "u32"),
        restartReason,
        stalls: numberAt(fields, 2) ?? 0,
    }
}

function keyOf(count: number): string {
    return count % 2 === 0 ? EVEN_KEY : ODD_KEY
}

async function readFields(key: string): Promise<string[]> {
    return ((await readText(key)) ?? "").split(" ")
}

/** A start that restarts the chip leaves its count twice, under the key of the one before too: there more fields say why. */
function isNewer(a: string[], b: string[]): boolean {
    const ahead = (numberAt(a, 0) ?? 0) - (numberAt(b, 0) ?? 0)
    return ahead > 0 || (ahead === 0 && a.length > b.length)
}

function numberAt(fields: string[], at: number): number {
    return parseWholeNumber(fields[at] ?? "")
}

/** Starts the chip anew, and lets the next start know why, and the time: "12 stalled 1 11 4711 1422886740". One flash write. */
export async function restart(boot: OwnBoot, restartReason: RestartReason, clock: ServerClock): Promise<void> {
    const stalls = restartReason === "stalled" ? boot.stalls + 1 : 0
    await writeText(keyOf(boot.count + 1), `${boot.count} ${restartReason} ${stalls} ${chainText(clock.offsetS)}`)
    log(`restart reason=${restartReason} stalls=${stalls}`)
    ds.reboot()
}
