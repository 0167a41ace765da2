/** ACME Renewal Information, ARI (RFC 9773). */
import * as asn1js from "asn1js"
import { JsonField } from "../../../certs/json-field.ts"
import type { Certificate } from "../../../certs/x509/certificate.ts"
import { children, decode, isContext } from "../../../certs/x509/der.ts"
import { authorityKeyIdentifier } from "../../../certs/x509/key-identifiers.ts"
import { type RenewalInfo, SourceError } from "../renewal/types.ts"
import { CaError } from "./ca-error.ts"
import { type CaConnection, withConnection } from "./connection.ts"
import { readDirectory } from "./directory.ts"
import type { Exchange } from "./exchange.ts"

/** A CA is asked at least twice a day whatever it says (the caller), and never more often than once a minute. */
const MIN_RETRY_AFTER_MS = 60_000
const MAX_RETRY_AFTER_MS = 24 * 3600 * 1000

/**
 * The identifier of a certificate at its CA: keyIdentifier of its AuthorityKeyIdentifier and its serial number, both
 * base64url, with a point between them (RFC 9773, 4.1). Undefined for a certificate without this key identifier.
 */
export function certificateId(leaf: Certificate): string | undefined {
    const keyIdentifier = authorityKeyIdentifier(leaf)
    if (keyIdentifier === undefined) return undefined
    const parts = children(decode(leaf.tbsDer), 2)
    const serial = isContext(parts[0], 0) ? parts[1] : parts[0]
    if (!(serial instanceof asn1js.Integer)) return undefined
    // the content octets of the serial number, with the zero before a high bit
    const identifiers = [keyIdentifier, Buffer.from(serial.valueBlock.valueHexView)]
    return identifiers.map(octets => octets.toString("base64url")).join(".")
}

/**
 * The window in which a CA wants a certificate to be renewed. Undefined if the CA has no ARI, or the certificate no
 * identifier.
 *
 * @throws SourceError ACME_SERVER_ERROR also for a window that makes no sense; ACME_UNREACHABLE, ACME_RATE_LIMITED
 */
export function renewalInfoAt(
    ca: CaConnection & { directory: string },
    leaf: Certificate,
): Promise<RenewalInfo | undefined> {
    return withConnection(ca, {}, async exchange => {
        const { renewalInfo } = await readDirectory(exchange, ca.directory)
        return renewalInfo === undefined ? undefined : fetchRenewalInfo(exchange, renewalInfo, leaf)
    })
}

async function fetchRenewalInfo(exchange: Exchange, base: string, leaf: Certificate): Promise<RenewalInfo | undefined> {
    const id = certificateId(leaf)
    if (id === undefined) return undefined
    const url = `${base.replace(/\/$/, "")}/${id}`
    const { body } = await exchange.send({ method: "GET", url }).catch((cause: unknown) => {
        if (!(cause instanceof CaError) || cause.code !== "ACME_ORDER_INVALID") throw cause
        throw new SourceError("ACME_SERVER_ERROR", `there is no renewal information: ${cause.message}`, { cause })
    })
    const delayMs = exchange.latestRetryAfterMs
    const clampedMs = Math.min(Math.max(delayMs ?? 0, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS)
    return { ...parseWindow(url, body), ...(delayMs !== undefined && { retryAfterMs: clampedMs }) }
}

/** RFC 3339, with seconds and a zone */
const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

function parseWindow(url: string, body: string): Omit<RenewalInfo, "retryAfterMs"> {
    try {
        const json = JsonField.parse(body)
        const time = (name: string) =>
            Date.parse(json.at("suggestedWindow").at(name).matching(TIME, "a time of RFC 3339"))
        const [startMs, endMs] = [time("start"), time("end")]
        if (Number.isNaN(startMs) || Number.isNaN(endMs)) throw new Error("a time is not on the calendar")
        if (endMs <= startMs) throw new Error("its end is not after its start")
        return { startMs, endMs, ...(json.has("explanationURL") && explanation(json.at("explanationURL").text())) }
    } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new SourceError("ACME_SERVER_ERROR", `${url}: the renewal window cannot be used: ${why}`, { cause })
    }
}

/** It is shown to people: only an address of a page. */
function explanation(url: string): { explanationUrl?: string } {
    return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? { explanationUrl: new URL(url).href } : {}
}
