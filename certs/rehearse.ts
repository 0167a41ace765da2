/** The chip's verdicts on chains that a server may send in the future. No I/O. */

import {
    type DeviceVerdict,
    deviceAccepts,
    deviceTrusts,
    deviceWithoutTls12,
    type KeyExchange,
    mayIssueLeaf,
} from "./device.ts"
import type { PossibleChain } from "./possible-chains.ts"
import type { Certificate } from "./x509/certificate.ts"

/** Anchors to try. */
export interface AnchorSet {
    name: string
    /** the certificate bundle as flashed */
    bundle: Uint8Array
}

/** A chain with the chip's verdicts, one for each set of anchors. */
export interface Rehearsed extends PossibleChain {
    verdicts: DeviceVerdict[]
}

/**
 * The chip's verdicts. Of chains with the same label, names, keys and verdicts
 * (one has a reissued intermediate, for example) only the first is kept.
 *
 * @param serverName for the chains that have a leaf
 * @param keyExchange of the present handshake, for the chains that have a leaf
 */
export function rehearseChains(
    chains: PossibleChain[],
    sets: AnchorSet[],
    serverName: string,
    keyExchange?: KeyExchange,
): Rehearsed[] {
    const rehearsed = chains.map(chain => ({
        ...chain,
        verdicts: sets.map(({ bundle }) => judge(chain, bundle, serverName, keyExchange)),
    }))
    return withoutDuplicates(rehearsed)
}

/** True for a possible chain that devices would refuse. Mistakes do not count: they are shown for information. */
export function isRisk({ kind, verdicts }: Rehearsed): boolean {
    return kind !== "mistake" && verdicts.some(({ accepted }) => !accepted)
}

function judge(
    { certificates, withoutTls12 }: PossibleChain,
    bundle: Uint8Array,
    serverName: string,
    keyExchange?: KeyExchange,
): DeviceVerdict {
    if (withoutTls12) return deviceWithoutTls12()
    const chain = certificates.map(({ der }) => der)
    return mayIssueLeaf(chain[0]) ? deviceTrusts(chain, bundle) : deviceAccepts(chain, bundle, serverName, keyExchange)
}

function withoutDuplicates(rehearsed: Rehearsed[]): Rehearsed[] {
    const byKey = new Map<string, Rehearsed>()
    for (const row of rehearsed) {
        const key = displayKey(row)
        if (!byKey.has(key)) byKey.set(key, row)
    }
    return [...byKey.values()]
}

function displayKey({ label, certificates, verdicts }: Rehearsed): string {
    return JSON.stringify([label, certificates.map(namesAndKey), verdicts])
}

function namesAndKey({ subjectDer, issuerDer, spkiSha256 }: Certificate): string[] {
    return [subjectDer.toString("hex"), issuerDer.toString("hex"), spkiSha256]
}
