/** Whether a chain and its key are fit to serve at all; what devices think of it is another question. No I/O. */
import { createPrivateKey, createPublicKey } from "node:crypto"
import { faultBehind } from "../../../certs/chain-faults.ts"
import { AirpinError } from "../../../certs/error.ts"
import { type Certificate, parsePem } from "../../../certs/x509/certificate.ts"
import { mayIssue, requireDates, requireHost, requireSignatures } from "../../../certs/x509/verify.ts"

export interface CandidateRequest {
    /** DNS names that the leaf must cover */
    names: string[]
    now: Date
}

/**
 * The certificates of a chain that may serve: each signed by the next, all valid now, the leaf for all names, and the key
 * fits the leaf.
 *
 * @throws AirpinError EDGE_KEY_MISMATCH, CHAIN_ORDER_WRONG, SIGNATURE_INVALID, NOT_A_CA, CHAIN_EXPIRED,
 * CHAIN_NOT_YET_VALID, HOST_MISMATCH, and those of `parsePem`
 */
export function checkCandidate(
    chainPem: string,
    keyPem: string,
    { names, now }: CandidateRequest,
): [Certificate, ...Certificate[]] {
    const chain = parsePem(chainPem)
    try {
        requireOrder(chain)
    } catch (error) {
        throw faultBehind(error, chain)
    }
    const [leaf] = chain
    requireKey(keyPem, leaf)
    requireDates(chain, now)
    for (const name of names) requireHost(leaf, name)
    return chain
}

/** Each certificate is issued by the next: the chip looks for an issuer only behind the certificate. */
function requireOrder(chain: [Certificate, ...Certificate[]]): void {
    for (const [at, issuer] of chain.entries()) {
        const child = chain[at - 1]
        if (!child) continue
        if (!child.issuerDer.equals(issuer.subjectDer)) {
            throw new AirpinError(
                "CHAIN_ORDER_WRONG",
                `certificate ${at + 1} is "${issuer.subject}", but "${child.issuer}" issued the one before it`,
            )
        }
        if (!mayIssue(issuer, chain.slice(0, at)))
            throw new AirpinError("NOT_A_CA", `"${issuer.subject}" may not issue "${child.subject}"`)
    }
    requireSignatures(chain)
}

function requireKey(keyPem: string, leaf: Certificate): void {
    if (publicKeyOf(keyPem)?.equals(leaf.spkiDer)) return
    throw new AirpinError("EDGE_KEY_MISMATCH", `the private key does not belong to the certificate "${leaf.subject}"`)
}

function publicKeyOf(keyPem: string): Buffer | undefined {
    try {
        return createPublicKey(createPrivateKey(keyPem)).export({ type: "spki", format: "der" })
    } catch {
        return undefined // no key at all, or a damaged one
    }
}
