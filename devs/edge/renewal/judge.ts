/**
 * What every device would do with a chain, by the chip's rules and its pins as flashed. No I/O.
 */
import { createPublicKey } from "node:crypto"
import { linkChain } from "../../../certs/chain.ts"
import { chipOffer } from "../../../certs/chip/offer.ts"
import type { KeyExchange } from "../../../certs/chip/verification.ts"
import { deviceAccepts } from "../../../certs/device.ts"
import type { EdgeDevice } from "../../../certs/edge-status.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import type { Certificate } from "../../../certs/x509/certificate.ts"
import { authorityKeyIdentifier, subjectKeyIdentifier } from "../../../certs/x509/key-identifiers.ts"
import type { DevicePins } from "./types.ts"

export interface JudgeRequest {
    /** names that devices may use for the server; the chip has to accept the chain for each */
    names: string[]
    /** the chain that serves now, through which devices without a manifest post; absent if nothing serves */
    baseline?: Certificate[]
    /** default ECDHE: what a server with forward secrecy negotiates */
    keyExchange?: KeyExchange
}

type Stand = Pick<EdgeDevice, "stand" | "anchor" | "reason">

/** What each device would do with the chain. Devices with the same bundle are judged once. */
export function judgeDevices(chain: Certificate[], devices: DevicePins[], request: JudgeRequest): EdgeDevice[] {
    const fault = offerFault(chain)
    const judged = new Map<string, Stand>()
    const judge = (bundle: Uint8Array): Stand => {
        const key = sha256Of(bundle)
        const stand = judged.get(key) ?? judgeBundle(chain, bundle, request)
        judged.set(key, stand)
        return stand
    }
    const refused: Stand | undefined = fault === undefined ? undefined : { stand: "refuses", reason: fault }
    const guess = guessWithoutManifest(chain, request.baseline)
    return devices.map(({ id, name, bundle }) => ({ id, name, ...(refused ?? (bundle ? judge(bundle) : guess)) }))
}

/** Why the chip cannot have a handshake with such a certificate, whatever it trusts; undefined if it can. */
export function offerFault(chain: Certificate[]): string | undefined {
    const [leaf, ...above] = chain
    if (!leaf) return "there is no certificate"
    const key = keyName(leaf)
    if (!chipOffer.groups.split(":").includes(key) && key !== "RSA")
        return `the chip offers no handshake with a ${key} key`
    const offered = chipOffer.signatureAlgorithms.split(":")
    const wrong = [leaf, ...above]
        .filter(({ subjectDer, issuerDer }) => !subjectDer.equals(issuerDer)) // a root's own signature is not verified
        .find(({ signatureOid }) => !offered.includes(SIGNATURES[signatureOid] ?? ""))
    return (
        wrong && `the signature of "${wrong.subject}" (${wrong.signatureOid}) is not among those that the chip offers`
    )
}

/** RFC 8017 and RFC 5758, with OpenSSL's names of signature algorithms in TLS */
const SIGNATURES: Record<string, string> = {
    "1.2.840.113549.1.1.11": "RSA+SHA256",
    "1.2.840.113549.1.1.12": "RSA+SHA384",
    "1.2.840.113549.1.1.13": "RSA+SHA512",
    "1.2.840.10045.4.3.2": "ECDSA+SHA256",
    "1.2.840.10045.4.3.3": "ECDSA+SHA384",
    "1.2.840.10045.4.3.4": "ECDSA+SHA512",
}

/** OpenSSL's names of the curves that TLS names otherwise */
const CURVES: Record<string, string> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }

/** "RSA", or the curve as the chip's offer names it. */
function keyName({ spkiDer }: Certificate): string {
    try {
        const key = createPublicKey({ key: spkiDer, format: "der", type: "spki" })
        const { namedCurve = "" } = key.asymmetricKeyDetails ?? {}
        if (key.asymmetricKeyType === "rsa") return "RSA"
        return CURVES[namedCurve] ?? (namedCurve || `${key.asymmetricKeyType}`)
    } catch {
        return "unknown"
    }
}

/** The first name that the chip refuses decides. */
function judgeBundle(chain: Certificate[], bundle: Uint8Array, { names, keyExchange }: JudgeRequest): Stand {
    const ders = chain.map(({ der }) => der)
    const verdicts = names.map(name => deviceAccepts(ders, bundle, name, keyExchange))
    const verdict = verdicts.find(({ accepted }) => !accepted) ?? verdicts[0]
    if (!verdict?.accepted) return { stand: "refuses", reason: verdict?.reason ?? "refused: the server has no name" }
    return { stand: "accepts", ...(verdict.lookedUp && { anchor: verdict.lookedUp }), reason: verdict.reason }
}

const NO_MANIFEST = "no manifest of this device is known"

/**
 * A device whose pins are not known trusts the issuer of the top of the chain through which it posts. It accepts another
 * chain if that has the same issuer, by name and key, above its top; of any other it is not known.
 */
function guessWithoutManifest(chain: Certificate[], baseline: Certificate[] | undefined): Stand {
    const top = linkChain(chain).at(-1)
    const topBefore = baseline && linkChain(baseline).at(-1)
    if (!top || !topBefore) return { stand: "unknown", reason: `${NO_MANIFEST}, and no chain served before` }
    if (isIssuedBySame(top, topBefore)) {
        const reason = `${NO_MANIFEST}; it accepts the chain through which it posts, and "${top.issuer}" issued both`
        return { stand: "accepts", anchor: top.issuer, reason }
    }
    const change = `the chain now hangs on "${topBefore.issuer}", this one on "${top.issuer}"`
    return { stand: "unknown", reason: `${NO_MANIFEST}, and the issuer changes: ${change}` }
}

/** True if both have the same issuer, by its name and the identifier of its key. */
function isIssuedBySame(one: Certificate, other: Certificate): boolean {
    if (one.der.equals(other.der)) return true
    const key = issuerKeyOf(one)
    return one.issuerDer.equals(other.issuerDer) && key !== undefined && issuerKeyOf(other)?.equals(key) === true
}

/** The identifier of the issuer's key; a root need not have it, and its own key is the issuer's. */
function issuerKeyOf(certificate: Certificate): Buffer | undefined {
    const { subjectDer, issuerDer } = certificate
    const own = subjectDer.equals(issuerDer) ? subjectKeyIdentifier(certificate) : undefined
    return authorityKeyIdentifier(certificate) ?? own
}
