/** Makes a chain serve, looks at it as a device does, and puts the previous one back if it is wrong. */
import { setTimeout as sleep } from "node:timers/promises"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import type { ChipHandshake } from "../../../certs/pull/chip-handshake.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { toPem } from "../../../certs/x509/certificate.ts"
import { checkCandidate } from "./candidate-check.ts"
import { judgeDevices } from "./judge.ts"
import type { RoundContext } from "./round-context.ts"
import type { Parts } from "./types.ts"
import {
    linkLive,
    linkPrevious,
    liveName,
    type Origin,
    previousName,
    readVersion,
    servedFiles,
    type Version,
    writeVersion,
} from "./versions.ts"

/** Waits between handshakes: a server that reloads answers with the previous certificate for a moment. */
const WAITS_MS = [0, 100, 250, 500, 1000, 2000, 2000, 2000]

/**
 * Deploys a chain: its files, the link, the target, a handshake.
 *
 * @throws AirpinError if it does not serve afterwards; then the previous version serves again, if there was one
 */
export async function deploy(
    round: RoundContext,
    candidate: Origin & { chainPem: string; keyPem: string },
): Promise<void> {
    const { folder } = round.options
    const before = await liveName(folder)
    const { chainPem, keyPem, source, label, keyType } = candidate
    const name = await writeVersion(folder, { chainPem, keyPem }, { source, label, keyType })
    await round.step("version-written")
    if (before !== undefined) await linkPrevious(folder, before)
    await round.step("previous-linked")
    await linkLive(folder, name)
    await round.step("live-linked")
    await verify(round, await readVersion(folder, name))
}

/**
 * Activates the version that `live` points to, and has a handshake that shows it.
 *
 * @throws AirpinError after the previous version was put back
 */
export async function verify(round: RoundContext, version: Version): Promise<void> {
    const { baseline } = round
    try {
        await activate(round, version)
        await round.step("activated")
        const served = await shake(round.parts, version.leafSha256)
        await round.step("shaken")
        requireAcceptance(round, served, baseline)
        round.served = served
    } catch (error) {
        await putBack(round, version.name)
        throw error
    }
    round.live = version
    round.state.verified = version.name
    await round.save()
    await round.step("verified")
}

async function activate({ options, parts }: RoundContext, { leafSha256 }: Version): Promise<void> {
    await parts.target.activate(servedFiles(options.folder, options.names, leafSha256))
}

/**
 * The handshake that shows this leaf; tried again while the server still presents another one or does not respond.
 *
 * @throws AirpinError EDGE_WRONG_SERVED, and those of `pullAsChip`
 */
export async function shake({ handshake, wait = sleep }: Parts, leafSha256: string): Promise<ChipHandshake> {
    let failure: AirpinError | undefined
    for (const waitMs of WAITS_MS) {
        await wait(waitMs)
        try {
            const served = await handshake()
            const [leaf] = served.chain
            if (leaf && sha256Of(leaf.der) === leafSha256) return served
            failure = wrongServed(leafSha256, leaf && sha256Of(leaf.der))
        } catch (error) {
            failure = asAirpinError(error)
        }
    }
    throw failure ?? wrongServed(leafSha256, undefined)
}

const SHOWN_DIGITS = 16

function wrongServed(expected: string, presented: string | undefined): AirpinError {
    const shown = (sha256: string) => `${sha256.slice(0, SHOWN_DIGITS)}…`
    const what = presented === undefined ? "no certificate" : `the certificate with SHA-256 ${shown(presented)}`
    return new AirpinError("EDGE_WRONG_SERVED", `the server presents ${what}, not the one deployed: ${shown(expected)}`)
}

/** The server may send other certificates above the leaf than those deployed. */
function requireAcceptance(
    { devices, options }: RoundContext,
    { chain, keyExchange }: ChipHandshake,
    baseline: ChipHandshake["chain"] | undefined,
): void {
    const judged = judgeDevices(chain, devices, { names: options.names, ...(baseline && { baseline }), keyExchange })
    const refusing = judged.filter(({ stand }) => stand === "refuses" || (stand === "unknown" && baseline))
    const [first] = refusing
    if (!first) return
    const count = refusing.length === 1 ? "" : ` and ${refusing.length - 1} more`
    throw new AirpinError("DEVICE_REFUSES", `${first.name}${count}: what the server presents now is ${first.reason}`)
}

/** Makes the previous version serve again, if there is one that may. */
async function putBack(round: RoundContext, failed: string): Promise<void> {
    const { folder } = round.options
    const previous = await fitPrevious(round, failed)
    if (!previous) {
        round.failed = true
        round.warn("there is no valid previous certificate to put back, so the new one stays")
        return
    }
    await linkLive(folder, previous.name)
    await round.step("put-back-linked")
    round.live = previous
    try {
        await activate(round, previous)
        round.served = await shake(round.parts, previous.leafSha256)
        round.state.verified = previous.name
        round.info(`version ${previous.name}, which served before, serves again`)
    } catch (error) {
        round.failed = true
        round.record(error)
    }
    await round.save()
}

/** The version before the failed one, if its files are whole and it is valid now. */
async function fitPrevious({ options, parts }: RoundContext, failed: string): Promise<Version | undefined> {
    const name = await previousName(options.folder)
    if (name === undefined || name === failed) return undefined
    try {
        const version = await readVersion(options.folder, name)
        checkCandidate(version.chain.map(toPem).join(""), version.keyPem, { names: [], now: parts.now() })
        return version
    } catch {
        return undefined
    }
}
