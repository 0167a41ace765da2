/**
 * Chains of any shape for the key that a CA was asked to certify: a CA's change of intermediate or root, and what a
 * broken CA may send. Roots and intermediates are made when they are first named; one name has one key.
 */
import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto"
import { type Certificate, toPem } from "../../../certs/x509/certificate.ts"
import { encodeName, generateKey, issueCertificate, type KeyType } from "../../../certs/x509/issue.ts"

export interface ChainShape {
    /** the issuing CA; another name is another key */
    intermediate: string
    /** root that signs the intermediate's certificate */
    root: string
    /** root that signs `root`'s name and key: that certificate follows in the chain */
    crossSignedBy?: string
    /**
     * - order: the intermediate comes first; - expired: the intermediate has expired; - key: the leaf has another key;
     * - name: the leaf is for another name
     */
    fault?: "order" | "expired" | "key" | "name"
}

interface Ca {
    nameDer: Buffer
    key: KeyObject
}

const DAY_MS = 24 * 3600 * 1000
const CA_LIFETIME_MS = 3650 * DAY_MS

export class ChainMaker {
    readonly #keyType: KeyType
    readonly #cas = new Map<string, Promise<Ca>>()
    readonly #leaves = new Map<string, Certificate>()

    /** @param keyType of roots and intermediates */
    constructor(keyType: KeyType = "P-256") {
        this.#keyType = keyType
    }

    /** The root's self-signed certificate. */
    async rootPem(root: string, now = new Date()): Promise<string> {
        return toPem(await this.#certify(root, root, now))
    }

    /**
     * The chain for the key and the names of a leaf, without the root. Chains of one intermediate share the leaf.
     *
     * @param original of the CA that was asked
     */
    async chainPem(shape: ChainShape, original: Certificate, lifetimeMs: number, now: Date): Promise<string> {
        const { intermediate, root, crossSignedBy, fault } = shape
        const leaf = await this.#leaf(shape, original, lifetimeMs, now)
        const madeAt = fault === "expired" ? new Date(now.getTime() - CA_LIFETIME_MS - DAY_MS) : now
        const above = [await this.#certify(intermediate, root, madeAt)]
        if (crossSignedBy !== undefined) above.push(await this.#certify(root, crossSignedBy, now))
        const chain = [leaf, ...above]
        return (fault === "order" ? chain.toReversed() : chain).map(toPem).join("")
    }

    async #leaf(
        { intermediate, fault }: ChainShape,
        original: Certificate,
        lifetimeMs: number,
        now: Date,
    ): Promise<Certificate> {
        const id = [intermediate, fault, original.spkiSha256, lifetimeMs].join()
        const known = this.#leaves.get(id)
        if (known) return known
        const certificate = new X509Certificate(original.der)
        const issuer = await this.#ca(intermediate)
        const made = issueCertificate({
            subjectDer: original.subjectDer,
            publicKey: fault === "key" ? createPublicKey(await generateKey("P-256")) : certificate.publicKey,
            issuer: { nameDer: issuer.nameDer, privateKey: issuer.key },
            purpose: { kind: "server", names: fault === "name" ? ["other.example.org"] : namesOf(certificate) },
            ...dates(now, lifetimeMs),
        })
        this.#leaves.set(id, made)
        return made
    }

    async #certify(name: string, by: string, now: Date): Promise<Certificate> {
        const [subject, issuer] = [await this.#ca(name), await this.#ca(by)]
        return issueCertificate({
            subjectDer: subject.nameDer,
            publicKey: createPublicKey(subject.key),
            issuer: { nameDer: issuer.nameDer, privateKey: issuer.key },
            purpose: { kind: "ca" },
            ...dates(now, CA_LIFETIME_MS),
        })
    }

    #ca(name: string): Promise<Ca> {
        const known = this.#cas.get(name)
        if (known) return known
        const made = generateKey(this.#keyType).then(key => ({ nameDer: encodeName(name), key }))
        this.#cas.set(name, made)
        return made
    }
}

/** From an hour ago, as CAs do for slow clocks. */
function dates(now: Date, lifetimeMs: number): { notBefore: Date; notAfter: Date } {
    const startMs = now.getTime() - 3600 * 1000
    return { notBefore: new Date(startMs), notAfter: new Date(startMs + lifetimeMs) }
}

function namesOf(certificate: X509Certificate): string[] {
    return (certificate.subjectAltName ?? "").split(", ").map(name => name.replace(/^(DNS|IP Address):/, ""))
}
