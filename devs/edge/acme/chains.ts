/** Downloads the chains that a CA offers for one certificate (RFC 8555, 7.4.2). */
import type { Client, Order } from "acme-client"
import { type Certificate, parsePem } from "../../../certs/x509/certificate.ts"
import { type IssuedChain, SourceError } from "../renewal/types.ts"
import type { Exchange } from "./exchange.ts"

/** Let's Encrypt has had two */
const MAX_ALTERNATES = 10

export interface Downloading {
    host: string
    exchange: Exchange
    warn?: (text: string) => void
}

/**
 * The default chain, then the alternate ones. An alternate chain that cannot be had is left out with a warning: the
 * certificate is there, and counts for the CA's limits.
 */
export async function downloadChains(client: Client, downloading: Downloading, order: Order): Promise<IssuedChain[]> {
    const { host, exchange, warn } = downloading
    const pem = await client.getCertificate(order)
    const urls = alternateUrls(exchange.latestHeaders.link, order.certificate ?? "")
    const [leaf, ...above] = parseChain(host, pem)
    const chains: IssuedChain[] = [{ pem, label: chainLabel("default", [leaf, ...above]) }]
    for (const [at, url] of urls.slice(0, MAX_ALTERNATES).entries())
        try {
            const alternate = await client.getCertificate({ ...order, certificate: url })
            const certificates = parseChain(host, alternate)
            if (!certificates[0].der.equals(leaf.der)) throw new Error("it is for another certificate")
            chains.push({ pem: alternate, label: chainLabel(`alternate ${at + 1}`, certificates) })
        } catch (error) {
            warn?.(
                `alternate chain ${at + 1} of ${host} is left out: ${error instanceof Error ? error.message : error}`,
            )
        }
    return chains
}

function parseChain(host: string, pem: unknown): [Certificate, ...Certificate[]] {
    try {
        if (typeof pem !== "string") throw new Error("it is no text")
        return parsePem(pem)
    } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new SourceError("ACME_SERVER_ERROR", `the chain that ${host} sent cannot be read: ${why}`, { cause })
    }
}

/** "default (CN=Root)": `name` and the topmost issuer. */
export function chainLabel(name: string, chain: Certificate[]): string {
    return `${name} (${chain.at(-1)?.issuer ?? "?"})`
}

/** The targets of `rel="alternate"` in a header Link (RFC 8288, 3), absolute. */
export function alternateUrls(link: string | string[] | undefined, base: string): string[] {
    const values = [link ?? []].flat().flatMap(header => [...header.matchAll(/<([^>]*)>([^<]*)/g)])
    return values
        .filter(([, , parameters = ""]) => /;\s*rel\s*=\s*"?alternate"?\s*(;|,|$)/i.test(parameters))
        .map(([, target = ""]) => target)
        .filter(target => URL.canParse(target, base))
        .map(target => new URL(target, base).href)
}
