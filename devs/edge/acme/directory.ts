/** What an ACME CA offers (RFC 8555, 7.1.1). */
import { JsonField } from "../../../certs/json-field.ts"
import { SourceError } from "../renewal/types.ts"
import type { Exchange } from "./exchange.ts"

export interface Directory {
    /** base of the URLs of renewal information (RFC 9773, 4.1); absent if the CA has none */
    renewalInfo?: string
    /** names of the profiles; empty if the CA has none (draft-ietf-acme-profiles, 3) */
    profiles: string[]
}

/** @throws SourceError ACME_UNREACHABLE, ACME_SERVER_ERROR …; for anything but a directory too */
export async function readDirectory(exchange: Exchange, url: string): Promise<Directory> {
    const { body } = await exchange.send({ method: "GET", url })
    try {
        const json = JsonField.parse(body)
        json.at("newOrder").text()
        const meta = json.at("meta")
        return {
            ...(json.has("renewalInfo") && { renewalInfo: new URL(json.at("renewalInfo").text(), url).href }),
            profiles:
                json.has("meta") && meta.has("profiles")
                    ? [
                          ...meta
                              .at("profiles")
                              .map(() => "")
                              .keys(),
                      ]
                    : [],
        }
    } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new SourceError("ACME_SERVER_ERROR", `${url} is not the directory of an ACME CA: ${why}`, { cause })
    }
}
