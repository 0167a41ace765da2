/** What the options of `airpin serve --domain` mean. Nothing here loads the edge: most servers have no --domain. */
import path from "node:path"
import { InvalidArgumentError } from "@commander-js/extra-typings"
import { AirpinError } from "../../../certs/error.ts"
import { isIpAddress, requireServerName } from "../../../certs/x509/server-name.ts"
import { DEFAULT_KEY_TYPES, type EdgeSettings, LETS_ENCRYPT } from "../../edge/renewal/settings.ts"

export const HTTPS_PORT = 443
export const HTTP_PORT = 80

export interface DomainOptions {
    domain?: string[] | undefined
    email?: string | undefined
    acmeServer?: string | undefined
    acmeCa?: string | undefined
    acmeDnsHook?: string | undefined
    acmePort?: number | undefined
    profile?: string | undefined
    preferredChain?: string | undefined
    edgeFolder?: string | undefined
}

/** For --domain: a DNS name in lower case; may be given again. */
export function domainNames(text: string, before: string[] = []): string[] {
    const name = text.toLowerCase()
    try {
        requireServerName(name)
    } catch {
        throw new InvalidArgumentError("It must be a DNS name, such as air.example.org.")
    }
    if (isIpAddress(name)) throw new InvalidArgumentError("It must be a DNS name, not an address.")
    return [...new Set([...before, name])]
}

export function httpsUrl(text: string): string {
    if (URL.canParse(text) && /^https:\/\/[^@]+$/.test(text)) return new URL(text).href
    throw new InvalidArgumentError("It must be an https:// URL without a user name.")
}

export function emailAddress(text: string): string {
    if (/^[^\s@]+@[^\s@]+$/.test(text)) return text
    throw new InvalidArgumentError("It must be an e-mail address.")
}

/** As `EdgeSettings`; the target is the server itself. */
export interface DomainSettings
    extends Pick<EdgeSettings, "names" | "email" | "sources" | "keyTypes" | "preferredChain"> {
    folder: string
    /** for redirects, and for HTTP-01 unless the challenge is DNS-01 */
    httpPort: number
}

/**
 * Undefined without --domain.
 *
 * @throws AirpinError DOMAIN_MISSING
 */
export function domainSettings(options: DomainOptions, defaultFolder: string): DomainSettings | undefined {
    const { domain: names, email, acmeServer = LETS_ENCRYPT, acmeCa, acmeDnsHook, acmePort, preferredChain } = options
    if (names === undefined) {
        requireNone(options)
        return undefined
    }
    const httpPort = acmePort ?? HTTP_PORT
    const source = {
        kind: "acme" as const,
        directory: acmeServer,
        ...(acmeCa !== undefined && { ca: path.resolve(acmeCa) }),
        ...(options.profile !== undefined && { profile: options.profile }),
        challenge:
            acmeDnsHook === undefined
                ? { kind: "listen" as const, port: httpPort }
                : { kind: "dns" as const, hook: acmeDnsHook.trim().split(/\s+/) },
    }
    return {
        names,
        ...(email !== undefined && { email }),
        sources: [source],
        keyTypes: DEFAULT_KEY_TYPES,
        ...(preferredChain !== undefined && { preferredChain }),
        folder: path.resolve(options.edgeFolder ?? defaultFolder),
        httpPort,
    }
}

function requireNone({ domain: _, ...others }: DomainOptions): void {
    const names: (keyof typeof others)[] = [
        "email",
        "acmeServer",
        "acmeCa",
        "acmeDnsHook",
        "acmePort",
        "profile",
        "preferredChain",
        "edgeFolder",
    ]
    const given = names.find(name => others[name] !== undefined)
    if (given === undefined) return
    const option = given.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
    throw new AirpinError("DOMAIN_MISSING", `--${option} is for the certificate of --domain, which is not given`)
}
