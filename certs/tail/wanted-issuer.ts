/** The issuer that is missing for a chain that is trusted without it. No I/O. */
import { linkChain } from "../chain.ts"
import { issuerInTable, type OperatorRoot } from "../operators.ts"
import { candidatesContaining } from "../trust-store.ts"
import { type Certificate, isSignedBy } from "../x509/certificate.ts"
import { addressesOf, type TailOptions, tailOf } from "./cross-signed-tail.ts"

/** An issuer to download. */
export interface WantedIssuer {
    /** the certificate that it signed: the proof of its key */
    child: Certificate
    /** where to look, in this order */
    addresses: string[]
    /** what it must be, where the table of operators has its name */
    root?: OperatorRoot
}

/**
 * The issuer that the chip looks up for a chain, if no trust store has it, an address is known, and its download can
 * be verified: the path is trusted without it, or the table of operators has its key.
 *
 * @param presented in the order sent
 */
export function wantedIssuer(presented: Certificate[], options: TailOptions): WantedIssuer | undefined {
    const path = linkChain(presented)
    const child = path.at(-1)
    if (!child || !path.every((below, at) => isSignedByNext(below, path[at + 1]))) return undefined
    if (isIssuerKnown(child, options)) return undefined
    const root = issuerInTable(child, options.operators)
    if (!tailOf(path.slice(1), options))
        return root && !root.dropped ? { child, addresses: [root.url], root } : undefined
    const addresses = addressesOf(child, options.operators)
    return addresses.length === 0 ? undefined : { child, addresses, ...(root && { root }) }
}

function isSignedByNext(child: Certificate, issuer: Certificate | undefined): boolean {
    return issuer === undefined || isSignedBy(child, issuer)
}

function isIssuerKnown(child: Certificate, options: TailOptions): boolean {
    return candidatesContaining(child.issuerDer, options).some(
        ({ certificate }) => certificate.subjectDer.equals(child.issuerDer) && isSignedBy(child, certificate),
    )
}
