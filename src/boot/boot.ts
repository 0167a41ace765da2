/**
 * Boot ids and software restarts. A boot is one run of the program; readings are
 * numbered from 1 in each.
 */
import * as ds from "@devicescript/core"
import { randomBuffer } from "@devicescript/crypto"
import { parseWholeNumber } from "../decimal"
import { readText, writeText } from "../flash-store"
import { log } from "../log"
import { continueLimits, limitsText } from "../remote-limits"
import { RestartReason } from "../wire"
import { ServerClock } from "./server-clock"
import { beginChain, chainText, continueChain } from "./uptime-chain"

/** Counts are written under two keys in turn, so that a power cut during one write leaves the other intact. */
const EVEN_KEY = "bootCount"
const ODD_KEY = "bootOther"
const RANDOM_BYTES = 4
/**
 * Pause before the boot count is written. A weak power supply browns out when
 * the radio starts; after this pause that has happened, and no write is cut.
 */
const SUPPLY_SETTLE_MS = 2000

/** One run of the program. The two numbers together are unique for the device. */
export interface Boot {
    /** from 1, stored in flash */
    count: number
    /** random u32: keeps the id unique if the flash store is lost */
    random: number
}

/** The boot that is running. */
export interface OwnBoot extends Boot {
    /** why the previous boot restarted the chip; undefined after power-on or reset */
    restartReason: RestartReason
    /** consecutive restarts because the connection hung, since the last acknowledged post */
    stalls: number
}

/** The boot id as sent to the server: "12-0a1b2c3d". */
export function bootId(boot: Boot): string {
    const bytes = Buffer.alloc(4)
    for (let i = 0; i < 4; i++) bytes[i] = boot.random >> (24 - 8 * i)
    return `${boot.count}-${bytes.toString("hex")}`
}

/**
 * Begins a boot: increments the boot count in flash with one write. The store
 * wears out after 100 million.
 *
 * @param clock is set if the previous boot restarted the chip and knew the time
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
    continueLimits(numberAt(fields, 6) ?? 0, numberAt(fields, 7) ?? 0, numberAt(fields, 8) ?? 0)
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

/**
 * True if record `a` is newer than record `b`. A boot that restarts the chip
 * writes its count a second time, with more fields, under the other key.
 */
function isNewer(a: string[], b: string[]): boolean {
    const ahead = (numberAt(a, 0) ?? 0) - (numberAt(b, 0) ?? 0)
    return ahead > 0 || (ahead === 0 && a.length > b.length)
}

function numberAt(fields: string[], at: number): number {
    return parseWholeNumber(fields[at] ?? "")
}

/**
 * Restarts the chip. Passes reason and time to the next boot with one flash
 * write: "12 stalled 1 11 4711 1422886740 2 17 0" (count, reason, stalls, then
 * `chainText` and `limitsText`).
 */
export async function restart(boot: OwnBoot, restartReason: RestartReason, clock: ServerClock): Promise<void> {
    const stalls = restartReason === "stalled" ? boot.stalls + 1 : 0
    const former = `${boot.count} ${restartReason} ${stalls} ${chainText(clock.offsetS)} ${limitsText()}`
    await writeText(keyOf(boot.count + 1), former)
    log(`restart reason=${restartReason} stalls=${stalls}`)
    ds.reboot()
}
