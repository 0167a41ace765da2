/** Options that `airpin edge nginx` and `airpin edge haproxy` share, and what they make of them. */
import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { exists } from "../../../certs/replace-file.ts"
import type { KeyType } from "../../../certs/x509/issue.ts"
import type { Terminal } from "../../display/terminal.ts"
import { KEY_TYPES, LETS_ENCRYPT, SETTINGS_FILE, type SourceSettings } from "../../edge/renewal/settings.ts"
import type { CheckResult } from "../../edge/site/check.ts"
import type { Site } from "../../edge/site/site.ts"
import { changeSettings, type SiteFile, type WrittenSite, writeSite } from "../../edge/site/site-file.ts"
import { command, DEFAULT_DATABASE, DEFAULT_EDGE_FOLDER, type OptionsOf } from "../command.ts"
import { collect, wholeNumber } from "../option-values.ts"

const MAX_PORT = 65_535

const DEFAULT_KEY_TYPE: KeyType = "P-256"

/** where `airpin serve --http` listens by default */
const DEFAULT_UPSTREAM = ["127.0.0.1:8443"]

export const siteCommand = (name: string, description: string) =>
    command()
        .name(name)
        .description(description)
        .requiredOption("--domain <name>", "DNS name of the server; may be given again", collect)
        .option("--email <address>", "for the account at the CA")
        .option("--upstream <host:port>", "airpin serve --http; may be given again (default: 127.0.0.1:8443)", collect)
        .option("--folder <dir>", "the edge folder: certificates, keys, settings", DEFAULT_EDGE_FOLDER)
        .option("--address <address>", "to listen on; IPv6 in brackets; may be given again (default: all)", collect)
        .option("--http-port <n>", "for challenges and redirects", wholeNumber(1, MAX_PORT), 80)
        .option("--https-port <n>", "for everything else", wholeNumber(1, MAX_PORT), 443)
        .option("--rsa <dir>", "a second edge folder with an RSA certificate, for clients without ECDSA")
        .option("--no-test", "do not have the program check the configuration")
        .option("--no-settings", "leave edge.json as it is")
        .addOption(new Option("--key-type <type>", "of the certificate (default: P-256)").choices(KEY_TYPES))
        .option("--acme-server <url>", "directory of the ACME CA (default: that of edge.json, else Let's Encrypt)")
        .option("--acme-ca <file>", "roots for the HTTPS of the ACME CA")
        .option("--acme-dns-hook <program>", "sets the TXT record for challenges, with ACME_ACTION, _NAME and _VALUE")
        .option("--acme-eab-kid <id>", "key identifier of an external account; its HMAC key: ACME_EAB_HMAC_KEY")
        .option("--acme-eab-key-file <file>", "the file with its HMAC key instead")
        .option("--profile <name>", "profile of the CA, such as shortlived")
        .option("--certbot", "let certbot obtain the certificates")
        .option("--certbot-live <dir>", "use what certbot renews by itself: /etc/letsencrypt/live/NAME")
        .option("--preferred-chain <name>", "common name of the topmost issuer of the chain to prefer")
        .option("--deploy-hook <program>", "run to make a renewed certificate serve, in place of a reload by airpin")
        .option("--db <file>", `database with the devices' pins (default: ${DEFAULT_DATABASE}, if it exists)`)

export type SiteOptions = OptionsOf<ReturnType<typeof siteCommand>>

export function siteOf(options: SiteOptions, allAddresses: string[]): Omit<Site, "isDefault"> {
    return {
        names: [...new Set(options.domain.map(name => name.toLowerCase()))],
        upstreams: options.upstream ?? DEFAULT_UPSTREAM,
        folder: path.resolve(options.folder),
        ...(options.rsa && { rsaFolder: path.resolve(options.rsa) }),
        addresses: options.address ?? allAddresses,
        httpPort: options.httpPort,
        httpsPort: options.httpsPort,
    }
}

/** How the CA's challenges get to whom obtains the certificates. */
export type ChallengeSettings = Extract<SourceSettings, { kind: "acme" }>["challenge"]

interface SettingsOptions {
    /** what serves the certificate of an edge folder */
    targetOf(folder: string): object
    challenge: ChallengeSettings
    /** for certbot */
    webroot: string
}

/** The members of edge.json that the options give; what they do not give stays as it is. */
async function settingsOf(options: SiteOptions, order: SettingsOptions, folder: string, keyType: KeyType | undefined) {
    const { targetOf, challenge, webroot } = order
    const { acmeServer, acmeCa, profile, certbot, certbotLive, preferredChain, deployHook, email, db } = options
    const isNew = !(await exists(path.join(folder, SETTINGS_FILE)))
    const source = {
        ...(acmeCa !== undefined && { ca: path.resolve(acmeCa) }),
        ...(profile !== undefined && { profile }),
    }
    const acme = { kind: "acme", directory: acmeServer ?? LETS_ENCRYPT, ...source, ...acmeOnly(options, challenge) }
    const bot = { kind: "certbot", ...(acmeServer && { directory: acmeServer }), ...source, webroot }
    const live = certbotLive === undefined ? undefined : { kind: "certbot-live", folder: path.resolve(certbotLive) }
    const { acmeDnsHook, acmeEabKid } = options
    const isSource = [acmeServer, acmeCa, profile, certbot, live, acmeDnsHook, acmeEabKid].some(
        option => option !== undefined,
    )
    const database = db ?? (isNew && (await exists(DEFAULT_DATABASE)) ? DEFAULT_DATABASE : undefined)
    return {
        names: options.domain,
        ...(email !== undefined && { email }),
        ...((isNew || isSource) && { sources: [live ?? (certbot ? bot : acme)] }),
        ...(keyType !== undefined && { keyTypes: options.rsa ? [keyType] : [keyType, otherKind(keyType)] }),
        ...(preferredChain !== undefined && { preferredChain }),
        target: deployHook === undefined ? targetOf(folder) : { kind: "hook", command: [deployHook] },
        ...handshakeOf(options, keyType),
        ...(database !== undefined && { database: path.resolve(database) }),
    }
}

/** Options of ACME sources, which certbot does not take. */
function acmeOnly({ acmeDnsHook, acmeEabKid, acmeEabKeyFile }: SiteOptions, challenge: ChallengeSettings) {
    const file = acmeEabKeyFile === undefined ? {} : { hmacKeyFile: path.resolve(acmeEabKeyFile) }
    return {
        ...(acmeEabKid !== undefined && { externalAccount: { keyId: acmeEabKid, ...file } }),
        challenge: acmeDnsHook === undefined ? challenge : { kind: "dns", hook: [path.resolve(acmeDnsHook)] },
    }
}

/** For devices that refuse every chain of the first. */
const otherKind = (keyType: KeyType): KeyType => (keyType === "RSA-2048" ? "P-256" : "RSA-2048")

/** The default of edge.json is the first name, port 443. An address that the server listens on alone is nearer. */
function handshakeOf({ domain, address, httpsPort, rsa }: SiteOptions, keyType: KeyType | undefined) {
    const [only] = address?.filter(each => !/^(0\.0\.0\.0|\[::\])$/.test(each)) ?? []
    const host = only?.replace(/^\[|\]$/g, "") ?? domain[0]
    const authentication = rsa && { authentication: keyType === "RSA-2048" ? "RSA" : "ECDSA" }
    if (only === undefined && httpsPort === 443 && !authentication) return {}
    return { handshake: { host, port: httpsPort, ...authentication } }
}

export interface SiteToWrite extends Omit<SiteFile, "keyType">, SettingsOptions {
    /** "nginx" or "haproxy" */
    program: string
    options: SiteOptions
    /** what to do with the file */
    next: string
}

/** Writes the configuration and edge.json, and shows what was written. */
export async function writeAndShow(order: SiteToWrite, terminal: Terminal): Promise<void> {
    const { options, file, program, next } = order
    const written = await writeSite({ ...order, keyType: options.keyType ?? DEFAULT_KEY_TYPE })
    const settings = options.settings ? await writeSettings(order) : []
    terminal.line("site", `${file}${written.changed ? "" : " (unchanged)"}`)
    terminal.line("check", checkText(program, written.check))
    for (const folder of written.placeholders)
        terminal.line("live", `${folder}/live is a self-signed placeholder until airpin renew has a certificate`)
    for (const each of settings) terminal.line("settings", each)
    if (written.check === "missing") terminal.warn(`${program} is not installed here: the site is not checked`)
    terminal.line("next", next)
    terminal.result(resultOf(order, written, settings))
}

const checkTexts: Record<CheckResult | "skipped", string> = {
    checked: "accepts it",
    missing: "is not installed: not checked",
    skipped: "was not asked (--no-test)",
}
const checkText = (program: string, result: CheckResult | "skipped") => `${program} ${checkTexts[result]}`

/** One edge.json in each edge folder. @returns the files */
async function writeSettings({ options, site, ...order }: SiteToWrite): Promise<string[]> {
    const { folder, rsaFolder } = site
    const write = async (place: string, keyType: KeyType | undefined) =>
        changeSettings(place, await settingsOf(options, order, place, keyType))
    if (rsaFolder === undefined) return [await write(folder, options.keyType)]
    return [await write(folder, options.keyType ?? DEFAULT_KEY_TYPE), await write(rsaFolder, "RSA-2048")]
}

function resultOf({ site, file }: SiteToWrite, { changed, check, placeholders }: WrittenSite, settings: string[]) {
    return { file, changed, check, names: site.names, folder: site.folder, placeholders, settings }
}
