/** Names the usual faults of a chain, which a verdict or an error alone does not show. No I/O. */
import { isSelfIssued } from "./anchor.ts"
import { linkChain } from "./chain.ts"
import { AirpinError } from "./error.ts"
import type { ErrorCode } from "./error-codes/table.ts"
import { type Certificate, inPathOrder } from "./x509/certificate.ts"
import { hasAltName } from "./x509/verify.ts"

/** What is wrong with a chain. */
export interface ChainFault {
    /**
     * - order: the chip does not find an issuer because it is sent too early
     * - same-name: two CAs have one name, and the chip takes the first
     * - no-alt-name: the leaf has no subjectAltName
     */
    kind: "order" | "same-name" | "no-alt-name"
    /** one sentence for people */
    text: string
}

/**
 * The faults of a chain, whatever the chip's verdict.
 *
 * @param presented in the order sent
 */
export function chainFaults(presented: Certificate[]): ChainFault[] {
    return [orderFault(presented), sameNameFault(presented), altNameFault(presented)].filter(
        fault => fault !== undefined,
    )
}

/** errors that a chain in the wrong order may lead to */
const EFFECTS_OF_ORDER: ErrorCode[] = [
    "CHAIN_UNTRUSTED",
    "SIGNATURE_INVALID",
    "NOT_A_CA",
    "HOST_MISMATCH",
    "LEAF_AS_ANCHOR",
    "INTERMEDIATE_AS_ANCHOR",
    "DEVICE_REFUSES",
]

/** The fault of the chain that explains an error; the error itself when there is none. */
export function faultBehind(error: unknown, presented: Certificate[]): unknown {
    if (!(error instanceof AirpinError)) return error
    const order = EFFECTS_OF_ORDER.includes(error.code) ? orderFault(presented) : undefined
    if (order) return new AirpinError("CHAIN_ORDER_WRONG", order.text, { cause: error })
    const sameName = error.code === "SIGNATURE_INVALID" ? sameNameFault(presented) : undefined
    return sameName ? new AirpinError("ANCHOR_CONFLICT", sameName.text, { cause: error }) : error
}

/**
 * The chip searches an issuer only among the certificates after the one that it issued. A root in the wrong place
 * does no harm: the chip has it as an anchor.
 */
function orderFault(presented: Certificate[]): ChainFault | undefined {
    const ordered = linkChain(inPathOrder(presented, serverCertificate(presented))).filter(one => !isSelfIssued(one))
    if (ordered.length <= linkChain(presented).filter(one => !isSelfIssued(one)).length) return undefined
    const places = ordered.map(certificate => presented.indexOf(certificate) + 1)
    const late = places.findIndex((place, at) => place < (places[at - 1] ?? 0))
    const [parent, child] = [ordered[late], ordered[late - 1]]
    const what = `"${parent?.subject}" is certificate ${places[late]}, before "${child?.subject}" (${places[late - 1]}), which it issued`
    const kind = "order"
    return { kind, text: `the chain is in the wrong order: ${what}; devices need the order ${places.join(", ")}` }
}

/** The one that is not a CA; the first when there is not exactly one. */
function serverCertificate(presented: Certificate[]): Certificate | undefined {
    const [leaf, ...more] = presented.filter(({ isCa }) => !isCa)
    return more.length === 0 ? leaf : presented[0]
}

function sameNameFault(presented: Certificate[]): ChainFault | undefined {
    const cas = presented.filter(({ isCa }) => isCa)
    const second = cas.find((ca, at) => cas.slice(0, at).some(before => isNamesake(before, ca)))
    const first = second && cas.find(ca => isNamesake(ca, second))
    if (!first) return undefined
    const places = [first, second].map(ca => presented.indexOf(ca) + 1)
    const what = `certificates ${places.join(" and ")} are two CAs with different keys and one name, "${second.subject}"`
    return { kind: "same-name", text: `${what}: the chip takes the first, whichever key signed the certificate below` }
}

function isNamesake(one: Certificate, other: Certificate): boolean {
    return one.subjectDer.equals(other.subjectDer) && !one.spkiDer.equals(other.spkiDer)
}

function altNameFault(presented: Certificate[]): ChainFault | undefined {
    const leaf = serverCertificate(presented)
    if (!leaf || leaf.isCa || hasAltName(leaf)) return undefined
    const what = `"${leaf.subject}" has no subjectAltName, only a common name`
    return { kind: "no-alt-name", text: `${what}: devices and OpenSSL accept that, browsers, Node and Go refuse it` }
}
