/** A server's leaf and intermediate, a bundle with its root, and assertions on the chip's verdict. */
import assert from "node:assert/strict"
import { type DeviceVerdict, deviceAccepts, type KeyExchange } from "../../certs/device.ts"
import { altNames, ca, dn, dns, ec, type Minted, mint, packBundle, spkiOf } from "./mint.ts"

export const ROOT = dn("Root")
export const INTER = dn("Inter")
export const LEAF = dn("leaf.test")
export const [rootKey, interKey, leafKey, strangeKey] = [ec(), ec(), ec(), ec()] as const

export const rootFields: Minted = { subject: ROOT, issuer: ROOT, key: rootKey, signer: rootKey, extensions: [ca()] }
export const interFields: Minted = { ...rootFields, subject: INTER, key: interKey }
export const leafFields: Minted = {
    subject: LEAF,
    issuer: INTER,
    key: leafKey,
    signer: interKey,
    extensions: [altNames(dns("leaf.test"))],
}
export const root = mint(rootFields)
export const inter = mint(interFields)
export const leaf = mint(leafFields)
export const rootBundle = packBundle([ROOT, spkiOf(rootKey)])

export interface VerdictRequest {
    bundle?: Uint8Array
    name?: string
    keyExchange?: KeyExchange
}

/** The verdict on a chain; by default for leaf.test, with the root pinned. */
export function verdictOf(chain: Uint8Array[], asked: VerdictRequest = {}): DeviceVerdict {
    const { bundle = rootBundle, name = "leaf.test", keyExchange } = asked
    return deviceAccepts(chain, bundle, name, keyExchange)
}

export function accepts(chain: Uint8Array[], asked?: VerdictRequest): void {
    const { accepted, error, flags, reason } = verdictOf(chain, asked)
    assert.deepEqual({ accepted, error, flags }, { accepted: true, error: undefined, flags: 0 }, reason)
    assert.match(reason, /^accepted: /)
}

/** @param error "-0x3000"; flags are compared when given */
export function refuses(chain: Uint8Array[], error: string, flags?: number, asked?: VerdictRequest): void {
    const verdict = verdictOf(chain, asked)
    assert.deepEqual([verdict.accepted, verdict.error], [false, error], verdict.reason)
    if (flags !== undefined) assert.equal(`0x${verdict.flags.toString(16)}`, `0x${flags.toString(16)}`)
    assert.match(verdict.reason, /^refused: /)
}
