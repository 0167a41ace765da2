/** `edge.json`: the settings of a round. It has no secret in it. This file reads the disk. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { JsonField } from "../../../certs/json-field.ts"
import type { KeyType } from "../../../certs/x509/issue.ts"
import { requireServerName } from "../../../certs/x509/server-name.ts"

export const SETTINGS_FILE = "edge.json"

export const KEY_TYPES: readonly KeyType[] = ["P-256", "P-384", "RSA-2048"]
/** Its directory; the CA where none is named. */
export const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"

/** The other one is tried only if a device refuses every chain of the first. */
export const DEFAULT_KEY_TYPES: KeyType[] = ["P-256", "RSA-2048"]

/** An ACME CA that airpin asks itself. */
export interface AcmeSettings {
    kind: "acme"
    /** URL of its directory */
    directory: string
    /** file with the roots for the CA's own HTTPS; default: those of Node.js */
    ca?: string
    profile?: string
    /** of the CA's operator (EAB); the HMAC key is in a file, or in ACME_EAB_HMAC_KEY in the environment */
    externalAccount?: { keyId: string; hmacKeyFile?: string }
    /**
     * webroot: a web server serves the folder at /.well-known/acme-challenge/; listen: airpin listens itself;
     * dns: a program sets the TXT record, which the CA sees after so many seconds
     */
    challenge:
        | { kind: "webroot"; folder: string }
        | { kind: "listen"; port: number }
        | { kind: "dns"; hook: string[]; waitSeconds?: number }
}

/** certbot with its webroot plugin. */
export interface CertbotSettings {
    kind: "certbot"
    /** default "certbot", on the PATH */
    program?: string
    /** URL of the CA's directory; default: certbot's, which is Let's Encrypt */
    directory?: string
    ca?: string
    profile?: string
    webroot: string
}

/** A certificate that certbot's own timer renews. */
export interface CertbotLiveSettings {
    kind: "certbot-live"
    /** such as /etc/letsencrypt/live/NAME */
    folder: string
}

export type SourceSettings = AcmeSettings | CertbotSettings | CertbotLiveSettings

export type TargetSettings =
    | {
          kind: "nginx" /** default "nginx" */
          program?: string /** default: that of the program */
          configuration?: string /** program and arguments; default: the program's -s reload */
          reload?: string[]
      }
    | {
          kind: "haproxy" /** path of the runtime API's socket */
          socket: string /** the certificate's name there */
          certificate: string
      }
    | { kind: "hook" /** program and arguments; it gets the files in its environment */; command: string[] }

/** Where a round shakes hands as a device does. */
export interface HandshakeSettings {
    host: string
    port: number
    /** for a server with a certificate of each kind, of which devices would be shown ECDSA alone */
    authentication?: "ECDSA" | "RSA"
}

export interface EdgeSettings {
    /** DNS names of the certificate; at least one */
    names: string[]
    /** for the CA's account */
    email?: string
    /** in the order of preference; at least one */
    sources: SourceSettings[]
    /** in the order of preference; at least one */
    keyTypes: KeyType[]
    /** common name of the topmost issuer of the chain to prefer, as certbot's --preferred-chain */
    preferredChain?: string
    target: TargetSettings
    /** default: the first name, port 443 */
    handshake: HandshakeSettings
    /** SQLite file of the service; absent for a database in DATABASE_URL, or none */
    database?: string
    /** folder with the manifests of flashed images, for those without a database */
    manifests?: string
}

/**
 * The settings in a folder. Relative paths in it are relative to the folder.
 *
 * @throws AirpinError EDGE_SETTINGS_MISSING; EDGE_SETTINGS_WRONG, which names every wrong field
 */
export async function readSettings(folder: string): Promise<EdgeSettings> {
    const file = path.join(folder, SETTINGS_FILE)
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error
        throw new AirpinError("EDGE_SETTINGS_MISSING", `there is no ${SETTINGS_FILE} in ${folder}`)
    })
    return parseSettings(text, file, folder)
}

/** {@link readSettings} for the text of the file. */
export function parseSettings(text: string, file: string, folder: string): EdgeSettings {
    const problems: string[] = []
    const settings = new SettingsReader(problems, folder).read(document(text, file))
    if (settings && problems.length === 0) return settings
    throw wrong(file, problems.join("; "))
}

function document(text: string, file: string): JsonField {
    try {
        const json = JsonField.parse(text)
        json.has("names") // throws if it is not an object
        return json
    } catch (error) {
        throw wrong(file, error instanceof Error ? error.message : String(error))
    }
}

const wrong = (file: string, what: string) => new AirpinError("EDGE_SETTINGS_WRONG", `${file}: ${what}`)

const FIELDS = [
    "names",
    "email",
    "sources",
    "keyTypes",
    "preferredChain",
    "target",
    "handshake",
    "database",
    "manifests",
]
const HTTPS_PORT = 443
const HTTP_PORT = 80
/** longest list of names that Let's Encrypt certifies */
const MAX_NAMES = 100

/** Reads the fields, and collects what is wrong instead of stopping at the first. */
class SettingsReader {
    readonly #problems: string[]
    readonly #folder: string

    constructor(problems: string[], folder: string) {
        this.#problems = problems
        this.#folder = folder
    }

    read(json: JsonField): EdgeSettings | undefined {
        this.#refuseUnknown(json, FIELDS)
        const names = this.#try(() => this.#names(json.at("names")))
        const email = this.#optional(json, "email", field => field.matching(/^[^\s@]+@[^\s@]+$/, "an e-mail address"))
        const sources = this.#try(() => json.at("sources").nonEmptyList(field => this.#try(() => this.#source(field))))
        const keyTypes = this.#optional(json, "keyTypes", field => field.nonEmptyList(type => type.oneOf(KEY_TYPES)))
        const preferredChain = this.#optional(json, "preferredChain", nonEmpty)
        const target = this.#try(() => this.#target(json.at("target")))
        const handshake = this.#optional(json, "handshake", field => this.#handshake(field))
        const database = this.#optional(json, "database", field => this.#path(field))
        const manifests = this.#optional(json, "manifests", field => this.#path(field))
        const [firstName] = names ?? []
        if (!names || !sources || !target || firstName === undefined) return undefined
        return {
            names,
            ...(email && { email }),
            sources: sources.filter(source => source !== undefined),
            keyTypes: keyTypes ?? DEFAULT_KEY_TYPES,
            ...(preferredChain && { preferredChain }),
            target,
            handshake: handshake ?? { host: firstName, port: HTTPS_PORT },
            ...(database && { database }),
            ...(manifests && { manifests }),
        }
    }

    #names(json: JsonField): string[] {
        const names = json.nonEmptyList(name => {
            const text = name.matching(/^[^\s*]+$/, "a DNS name without *")
            this.#try(() => requireServerName(text))
            return text.toLowerCase()
        })
        if (names.length > MAX_NAMES) throw new Error(`names has ${names.length} names, more than ${MAX_NAMES}`)
        if (new Set(names).size < names.length) throw new Error("names has a name twice")
        return names
    }

    #source(json: JsonField): SourceSettings {
        const kind = json.at("kind").oneOf(["acme", "certbot", "certbot-live"] as const)
        if (kind === "certbot-live") {
            this.#refuseUnknown(json, ["kind", "folder"])
            return { kind, folder: this.#path(json.at("folder")) }
        }
        const common = {
            ...this.#optionalMember(json, "ca", field => this.#path(field)),
            ...this.#optionalMember(json, "profile", nonEmpty),
        }
        if (kind === "acme") {
            this.#refuseUnknown(json, ["kind", "directory", "ca", "profile", "externalAccount", "challenge"])
            const directory = this.#try(() => httpsUrl(json.at("directory"))) ?? ""
            const account = this.#optionalMember(json, "externalAccount", field => this.#externalAccount(field))
            return { kind, directory, ...common, ...account, challenge: this.#challenge(json.at("challenge")) }
        }
        this.#refuseUnknown(json, ["kind", "program", "directory", "ca", "profile", "webroot"])
        return {
            kind,
            ...this.#optionalMember(json, "program", nonEmpty),
            ...this.#optionalMember(json, "directory", httpsUrl),
            ...common,
            webroot: this.#path(json.at("webroot")),
        }
    }

    #externalAccount(json: JsonField): NonNullable<AcmeSettings["externalAccount"]> {
        this.#refuseUnknown(json, ["keyId", "hmacKeyFile"])
        const file = this.#optionalMember(json, "hmacKeyFile", field => this.#path(field))
        return { keyId: nonEmpty(json.at("keyId")), ...file }
    }

    #challenge(json: JsonField): AcmeSettings["challenge"] {
        const kind = json.at("kind").oneOf(["webroot", "listen", "dns"] as const)
        if (kind === "webroot") {
            this.#refuseUnknown(json, ["kind", "folder"])
            return { kind, folder: this.#path(json.at("folder")) }
        }
        if (kind === "dns") {
            this.#refuseUnknown(json, ["kind", "hook", "waitSeconds"])
            const wait = this.#optionalMember(json, "waitSeconds", field => field.count())
            return { kind, hook: json.at("hook").nonEmptyList(nonEmpty), ...wait }
        }
        this.#refuseUnknown(json, ["kind", "port"])
        return { kind, port: json.has("port") ? port(json.at("port")) : HTTP_PORT }
    }

    #target(json: JsonField): TargetSettings {
        const kind = json.at("kind").oneOf(["nginx", "haproxy", "hook"] as const)
        if (kind === "nginx") {
            this.#refuseUnknown(json, ["kind", "program", "configuration", "reload"])
            return {
                kind,
                ...this.#optionalMember(json, "program", nonEmpty),
                ...this.#optionalMember(json, "configuration", field => this.#path(field)),
                ...this.#optionalMember(json, "reload", field => field.nonEmptyList(nonEmpty)),
            }
        }
        if (kind === "haproxy") {
            this.#refuseUnknown(json, ["kind", "socket", "certificate"])
            return { kind, socket: this.#path(json.at("socket")), certificate: this.#path(json.at("certificate")) }
        }
        this.#refuseUnknown(json, ["kind", "command"])
        return { kind, command: json.at("command").nonEmptyList(nonEmpty) }
    }

    #handshake(json: JsonField): HandshakeSettings {
        this.#refuseUnknown(json, ["host", "port", "authentication"])
        const host = nonEmpty(json.at("host"))
        this.#try(() => requireServerName(host))
        return {
            host,
            port: json.has("port") ? port(json.at("port")) : HTTPS_PORT,
            ...this.#optionalMember(json, "authentication", field => field.oneOf(["ECDSA", "RSA"] as const)),
        }
    }

    /** An absolute path. */
    #path(json: JsonField): string {
        return path.resolve(this.#folder, nonEmpty(json))
    }

    #refuseUnknown(json: JsonField, known: string[]): void {
        for (const [name, where] of json.map(field => field.path))
            if (!known.includes(name)) this.#problems.push(`${where} is not a setting (known: ${known.join(", ")})`)
    }

    #optional<Value>(json: JsonField, name: string, read: (field: JsonField) => Value): Value | undefined {
        return json.has(name) ? this.#try(() => read(json.at(name))) : undefined
    }

    /** An object with this member, or without any. */
    #optionalMember<Name extends string, Value>(
        json: JsonField,
        name: Name,
        read: (field: JsonField) => Value,
    ): Partial<Record<Name, Value>> {
        const value = this.#optional(json, name, read)
        return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>)
    }

    #try<Value>(read: () => Value): Value | undefined {
        try {
            return read()
        } catch (error) {
            this.#problems.push(error instanceof Error ? error.message : String(error))
            return undefined
        }
    }
}

const nonEmpty = (json: JsonField) => json.matching(/\S/, "a text that is not empty")

function httpsUrl(json: JsonField): string {
    const text = json.matching(/^https:\/\/[^\s/@]+(\/\S*)?$/, "an https:// URL without a user name")
    return new URL(text).href
}

const MAX_PORT = 65535

function port(json: JsonField): number {
    const value = json.count()
    if (value < 1 || value > MAX_PORT) throw new Error(`${json.path} is not a port from 1 to ${MAX_PORT}`)
    return value
}
