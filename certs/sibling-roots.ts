/** The other roots of an operator: with them a switch of key type or generation does not break the fleet. No I/O. */
import { type Anchor, type Candidate, isSelfIssued } from "./anchor.ts"
import { isOfRoot, type Operator, type OperatorRoot, operatorOf, siblingsOf } from "./operators.ts"
import { candidatesContaining, preferred, type TrustStore } from "./trust-store.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"
import { shortName } from "./x509/name.ts"
import { isValidAt } from "./x509/verify.ts"

/**
 * The operators' current roots that are not among the anchors: to be looked
 * for. The operator of a backup counts for nothing here, it is another one on purpose.
 */
export function missingSiblingRoots(anchors: Anchor[], now: Date, table?: readonly Operator[]): OperatorRoot[] {
    const inUse = anchors.filter(({ role }) => role !== "backup")
    const wanted = new Set(inUse.flatMap(({ certificate }) => siblingsOf(certificate, table)))
    return [...wanted].filter(
        root => isCurrent(root, now) && !anchors.some(({ certificate }) => isOfRoot(certificate, root)),
    )
}

/**
 * The anchors, and behind them every missing sibling that the candidates have;
 * a certificate signed across has the name and key as well as the self-signed one.
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

/** A sibling's certificate, wherever it was found, as an anchor. */
export function siblingAnchor({ certificate, source }: Candidate, table?: readonly Operator[]): Anchor {
    const operator = operatorOf(certificate, table)?.name ?? "the operator"
    return {
        certificate,
        source,
        role: "sibling",
        reason: `another root of ${operator}: for a change of key type or generation`,
    }
}

function isCurrent({ trustEnds }: OperatorRoot, now: Date): boolean {
    return trustEnds === undefined || now < new Date(trustEnds)
}

function speaksFor(certificate: Certificate, root: OperatorRoot, now: Date): boolean {
    if (!isOfRoot(certificate, root) || !certificate.isCa || !isValidAt(certificate, now)) return false
    return !isSelfIssued(certificate) || isSignedBy(certificate, certificate)
}
