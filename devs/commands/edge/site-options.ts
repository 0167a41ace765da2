/** Options that `airpin edge nginx` and `airpin edge haproxy` share, and what they make of them. */
import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { exists } from "../../../certs/replace-file.ts"
import type { Terminal } from "../../display/terminal.ts"
import { KEY_TYPES, type SourceSettings } from "../../edge/renewal/settings.ts"
import type { CheckResult } from "../../edge/site/check.ts"
import type { Site } from "../../edge/site/site.ts"
import { changeSettings, type SiteFile, type WrittenSite, writeSite } from "../../edge/site/site-file.ts"
import { command, DEFAULT_DATABASE, DEFAULT_EDGE_FOLDER, type OptionsOf } from "../command.ts"
import { collect, wholeNumber } from "../option-values.ts"

const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
const MAX_PORT = 65_535

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
        .option("--profile <name>", "profile of the CA, such as shortlived")
        .option("--certbot", "let certbot obtain the certificates")
        .option("--preferred-chain <name>", "common name of the topmost issuer of the chain to prefer")
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
    target: object
    challenge: ChallengeSettings
    /** for certbot */
    webroot: string
}

/** The members of edge.json that the options give; what they do not give stays as it is. */
async function settingsOf(options: SiteOptions, { target, challenge, webroot }: SettingsOptions, isNew: boolean) {
    const { acmeServer, acmeCa, profile, certbot, keyType, preferredChain, email, db } = options
    const source = {
        ...(acmeCa !== undefined && { ca: path.resolve(acmeCa) }),
        ...(profile !== undefined && { profile }),
    }
    const acme = { kind: "acme", directory: acmeServer ?? LETS_ENCRYPT, ...source, challenge }
    const bot = { kind: "certbot", ...(acmeServer && { directory: acmeServer }), ...source, webroot }
    const isSource = [acmeServer, acmeCa, profile, certbot].some(option => option !== undefined)
    const [name] = options.domain
    const isUsualPort = options.httpsPort === 443
    const database = db ?? ((await exists(DEFAULT_DATABASE)) && isNew ? DEFAULT_DATABASE : undefined)
    return {
        names: options.domain,
        ...(email !== undefined && { email }),
        ...((isNew || isSource) && { sources: [certbot ? bot : acme] }),
        ...(keyType !== undefined && { keyTypes: [keyType, ...KEY_TYPES.filter(isAnotherThan(keyType))] }),
        ...(preferredChain !== undefined && { preferredChain }),
        target,
        ...(!isUsualPort && { handshake: { host: name, port: options.httpsPort } }),
        ...(database !== undefined && { database: path.resolve(database) }),
    }
}

/** The other kind of key, in case that devices refuse every chain of the first: RSA after ECDSA, P-256 after RSA. */
const isAnotherThan = (keyType: string) => (other: string) => other === (keyType === "RSA-2048" ? "P-256" : "RSA-2048")

export interface SiteToWrite extends Omit<SiteFile, "keyType">, SettingsOptions {
    /** "nginx" or "haproxy" */
    program: string
    options: SiteOptions
    /** what to do with the file */
    next: string
}

/** Writes the configuration and edge.json, and shows what was written. */
export async function writeAndShow(order: SiteToWrite, terminal: Terminal): Promise<void> {
    const { options, site, file, program, next } = order
    const written = await writeSite({ ...order, keyType: options.keyType ?? "P-256" })
    const isNew = !(await exists(path.join(site.folder, "edge.json")))
    const settings = options.settings
        ? await changeSettings(site.folder, await settingsOf(options, order, isNew))
        : undefined
    terminal.line("site", `${file}${written.changed ? "" : " (unchanged)"}`)
    terminal.line("check", checkText(program, written.check))
    for (const folder of written.placeholders)
        terminal.line("live", `${folder}/live is a self-signed placeholder until airpin renew has a certificate`)
    if (settings) terminal.line("settings", settings)
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

function resultOf({ site, file }: SiteToWrite, { changed, check, placeholders }: WrittenSite, settings?: string) {
    return { file, changed, check, names: site.names, folder: site.folder, placeholders, settings }
}
