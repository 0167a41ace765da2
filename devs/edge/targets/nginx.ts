/** nginx as a target: it is checked, reloaded, and then watched until it serves the new certificate. */
import { setTimeout as sleep } from "node:timers/promises"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import type { ChipHandshake } from "../../../certs/pull/chip-handshake.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import type { ServedFiles, Target } from "../renewal/types.ts"
import { outcomeText, runCommand } from "../run-command.ts"

export interface NginxTarget {
    /** default "nginx", on the PATH */
    program?: string
    /** file of the main configuration; default: that of the program */
    configuration?: string
    /** default: PROGRAM -s reload */
    reload?: string[]
    /** the handshake that a device would have now */
    handshake(): Promise<ChipHandshake>
    /** how long to wait for the new certificate; default 30 s */
    servedWithinMs?: number
}

const COMMAND_TIMEOUT_MS = 30_000
const SERVED_WITHIN_MS = 30_000
const POLL_MS = 200

/**
 * Handshakes in a row that show the new leaf: for a moment, old worker processes still accept connections beside the new
 * ones.
 */
const SURE = 3

/**
 * A reload ends no request: old worker processes finish what they have begun. Connections on which nothing happens at
 * that moment are closed, and a device opens a new one with its next post.
 */
export function nginxTarget(options: NginxTarget): Target {
    const { program = "nginx", configuration, handshake, servedWithinMs = SERVED_WITHIN_MS } = options
    const place = configuration === undefined ? [] : ["-c", configuration]
    const reload = options.reload ?? [program, ...place, "-s", "reload"]
    return {
        name: "nginx",
        activate: async ({ leafSha256 }: ServedFiles) => {
            await runOrThrow("TARGET_REFUSED", [program, ...place, "-t", "-q"])
            await runOrThrow("TARGET_COMMAND_FAILED", reload)
            await waitUntilServed(leafSha256, handshake, servedWithinMs)
        },
    }
}

async function runOrThrow(code: "TARGET_REFUSED" | "TARGET_COMMAND_FAILED", command: string[]): Promise<void> {
    const outcome = await runCommand(command, { timeoutMs: COMMAND_TIMEOUT_MS })
    if (outcome.code !== 0) throw new AirpinError(code, outcomeText(command, outcome))
}

async function waitUntilServed(leafSha256: string, handshake: NginxTarget["handshake"], ms: number): Promise<void> {
    const endMs = performance.now() + ms
    let [seen, last] = [0, ""]
    while (seen < SURE) {
        if (performance.now() > endMs)
            throw new AirpinError("TARGET_NOT_SERVING", `nginx was reloaded ${ms / 1000} s ago; ${last}`)
        const what = await servedLeaf(handshake)
        seen = what === leafSha256 ? seen + 1 : 0
        if (seen > 0) continue
        last = /^[0-9a-f]{64}$/.test(what) ? `it serves the leaf with the SHA-256 ${what}, not ${leafSha256}` : what
        await sleep(POLL_MS)
    }
}

/** SHA-256 of the leaf in hex, or why there was no handshake. */
async function servedLeaf(handshake: NginxTarget["handshake"]): Promise<string> {
    try {
        const [leaf] = (await handshake()).chain
        return leaf === undefined ? "it serves no certificate" : sha256Of(leaf.der)
    } catch (error) {
        return asAirpinError(error).message
    }
}
