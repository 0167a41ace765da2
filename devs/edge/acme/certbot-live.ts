/** Takes what certbot's own timer has renewed: certbot stays the owner of the certificate in /etc/letsencrypt. */
import { AirpinError } from "../../../certs/error.ts"
import { type Certificate, parsePem } from "../../../certs/x509/certificate.ts"
import { keyTypeOf } from "../renewal/key-type.ts"
import type { Issued, Order, RenewalInfo, Source } from "../renewal/types.ts"
import { readLineage } from "./certbot.ts"

/** reading two files costs nothing */
const LOOK_AGAIN_MS = 10 * 60 * 1000
/** certbot renews when a third is left; when this share is left, it has failed for some time */
const LATE_SHARE = 1 / 6

export class CertbotLiveSource implements Source {
    readonly name = "certbot"
    readonly #folder: string

    /** @param folder such as /etc/letsencrypt/live/air.example.org; only read */
    constructor(folder: string) {
        this.#folder = folder
    }

    /**
     * A window in the past if there is a newer certificate than this one; else one so late that certbot's timer must
     * have failed.
     *
     * @throws AirpinError CERTBOT_LINEAGE_MISSING
     */
    async renewalInfo(leaf: Certificate): Promise<RenewalInfo> {
        const found = leafOf(await this.#read())
        const endMs = isNewer(found, leaf) ? found.notBefore.getTime() : lateMs(leaf)
        return { startMs: endMs - 60_000, endMs, retryAfterMs: LOOK_AGAIN_MS }
    }

    /**
     * The certificate in the folder, whatever names the order has: the caller checks them.
     *
     * @throws AirpinError CERTBOT_LINEAGE_MISSING; CERTBOT_NOT_RENEWED if it is not newer than the one to replace
     */
    async issue({ replaces }: Order): Promise<Issued> {
        const issued = await this.#read()
        if (!replaces || isNewer(leafOf(issued), replaces)) return issued
        const until = replaces.notAfter.toISOString()
        throw new AirpinError("CERTBOT_NOT_RENEWED", `${this.#folder} still has the certificate that ends on ${until}`)
    }

    /** Key and chain may not fit for a moment, while certbot replaces its links: the caller checks that too. */
    async #read(): Promise<Issued> {
        try {
            const issued = await readLineage(this.#folder, "P-256")
            return { ...issued, keyType: keyTypeOf(issued.keyPem) }
        } catch (cause) {
            const why = cause instanceof Error ? cause.message : String(cause)
            throw new AirpinError("CERTBOT_LINEAGE_MISSING", `${this.#folder}: ${why}`, { cause })
        }
    }
}

function leafOf({ chains }: Issued): Certificate {
    return parsePem(chains.map(({ pem }) => pem).join(""))[0]
}

function isNewer(found: Certificate, served: Certificate): boolean {
    return !found.der.equals(served.der) && found.notAfter > served.notAfter
}

function lateMs({ notBefore, notAfter }: Certificate): number {
    return notAfter.getTime() - LATE_SHARE * (notAfter.getTime() - notBefore.getTime())
}
