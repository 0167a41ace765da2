/** The other roots of an operator: with them, devices survive its switch to another key type or generation. No I/O. */
import { type Anchor, type Candidate, isSelfIssued } from "./anchor.ts"
import { isOfRoot, type Operator, type OperatorRoot, operatorOf, operatorRootOf, siblingsOf } from "./operators.ts"
import { candidatesContaining, preferred, type TrustStore } from "./trust-store.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"
import { shortName } from "./x509/name.ts"
import { isValidAt } from "./x509/verify.ts"

/**
 * The current roots of the anchors' operators that are not among the anchors.
 * Operators of backups are left out: a backup is of another operator on purpose. So are those of roots that trust
 * stores have dropped: a tail leads to them, and their operator did not issue the chain.
 */
export function missingSiblingRoots(anchors: Anchor[], now: Date, table?: readonly Operator[]): OperatorRoot[] {
    const inUse = anchors.filter(
        ({ role, certificate }) => role !== "backup" && !operatorRootOf(certificate, table)?.dropped,
    )
    const siblings = new Set(inUse.flatMap(({ certificate }) => siblingsOf(certificate, table)))
    return [...siblings].filter(
        root => isCurrent(root, now) && !anchors.some(({ certificate }) => isOfRoot(certificate, root)),
    )
}

/**
 * The anchors, followed by every missing sibling that the trust store has. A
 * cross-signed certificate is as good as the self-signed one: it has the same name and key.
 */
export function addSiblingRoots(anchors: Anchor[], options: TrustStore, now: Date): Anchor[] {
    const found = missingSiblingRoots(anchors, now, options.operators).flatMap(root => {
        const candidates = candidatesContaining(Buffer.from(shortName(root.subject)), options)
        const chosen = preferred(
            candidates.filter(({ certificate }) => speaksFor(certificate, root, now)),
            now,
        )
        return chosen ? [siblingAnchor(chosen, options.operators)] : []
    })
    return [...anchors, ...found]
}

/** The anchor for a sibling's certificate. */
export function siblingAnchor({ certificate, source }: Candidate, table?: readonly Operator[]): Anchor {
    const operator = operatorOf(certificate, table)?.name ?? "the operator"
    return {
        certificate,
        source,
        role: "sibling",
        reason: `another root of ${operator}, in case it changes its key type or generation`,
    }
}

function isCurrent({ trustEnds, dropped }: OperatorRoot, now: Date): boolean {
    return dropped === undefined && (trustEnds === undefined || now < new Date(trustEnds))
}

function speaksFor(certificate: Certificate, root: OperatorRoot, now: Date): boolean {
    if (!isOfRoot(certificate, root) || !certificate.isCa || !isValidAt(certificate, now)) return false
    return !isSelfIssued(certificate) || isSignedBy(certificate, certificate)
}
