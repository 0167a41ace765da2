import { AirpinError } from "../../certs/error.ts"

const HTTPS_PORT = 443

/**
 * HOST, HOST:PORT, [IPv6]:PORT, or a URL.
 *
 * @throws AirpinError HOST_INVALID
 */
export function parseHostPort(text: string): { host: string; port: number } {
    const url =
        URL.canParse(text) && text.includes("://")
            ? new URL(text)
            : URL.canParse(`https://${text}`) && new URL(`https://${text}`)
    if (!url || !url.hostname) throw new AirpinError("HOST_INVALID", `"${text}" is no HOST[:PORT]`)
    return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) || HTTPS_PORT }
}
