/** Settings of alerts from the service's environment; README.md lists them. */
import { distance } from "fastest-levenshtein"
import { IANAZone, SystemZone } from "luxon"
import { Environment, isLoopbackHost, loginOf, type Range, refused, type Variables } from "../environment.ts"
import { parseQuietHours, type QuietHours } from "./quiet-hours.ts"

const DAY_MINUTES = 24 * 60

/** Ranges of the limits. Up to 40,000 ppm the sensors measure. */
export const limitRanges = {
    co2Ppm: { min: 400, max: 40_000 },
    co2Minutes: { min: 1, max: DAY_MINUTES },
    silentMinutes: { min: 1, max: 30 * DAY_MINUTES },
} satisfies Record<string, Range>

const certificateDays: Range = { min: 1, max: 365 }
const diskFreeMb: Range = { min: 1, max: 1_000_000 }

/** Bytes of a webhook's secret, as Standard Webhooks 1.0 has them. */
const secretBytes: Range = { min: 24, max: 64 }
const SECRET_PREFIX = "whsec_"

/** Message submission: RFC 8314 section 7.3, RFC 6409 section 3.1; SMTP on this machine: RFC 5321 section 4.5.4.2. */
const smtpPorts = { implicit: 465, starttls: 587, none: 25 }

const EMAIL_PATTERN = /^[^\s@<>,"]+@[^\s@<>,"]+$/

/** When an alert is raised. */
export interface Limits {
    /** CO2 above which the air of a room is to be changed, ppm; undefined: that from which the room's air is poor */
    co2Ppm: number | undefined
    /** for how long it is above it */
    co2Minutes: number
    /** a device is not silent before this, min */
    silentMinutes: number
    /** days before the end of a certificate or a pin */
    certificateDays: number
    /** free space on the disk of the database, MB */
    diskFreeMb: number
}

export interface WebhookSettings {
    url: URL
    secret: Buffer
    ca: string[] | undefined
}

export interface NtfySettings {
    /** the server without the topic */
    server: URL
    topic: string
    token: string | undefined
    ca: string[] | undefined
}

export interface EmailSettings {
    host: string
    port: number
    tls: "implicit" | "starttls" | "none"
    login: { user: string; pass: string } | undefined
    from: string
    to: string[]
    ca: string[] | undefined
}

export interface AlertSettings {
    limits: Limits
    quiet: QuietHours
    webhook: WebhookSettings | undefined
    ntfy: NtfySettings | undefined
    email: EmailSettings | undefined
}

export const variableNames = [
    "ALERT_WEBHOOK_URL",
    "ALERT_WEBHOOK_SECRET",
    "ALERT_NTFY_URL",
    "ALERT_NTFY_TOKEN",
    "ALERT_SMTP_URL",
    "ALERT_EMAIL_FROM",
    "ALERT_EMAIL_TO",
    "ALERT_CA_FILE",
    "ALERT_CO2_PPM",
    "ALERT_CO2_MINUTES",
    "ALERT_SILENT_MINUTES",
    "ALERT_CERTIFICATE_DAYS",
    "ALERT_DISK_FREE_MB",
    "ALERT_QUIET_HOURS",
    "ALERT_ZONE",
]

/** @throws AirpinError ENVIRONMENT_INVALID */
export function alertSettings(variables: Variables): AlertSettings {
    const environment = new Environment(variables)
    refuseUnknown(environment)
    const ca = environment.trustedCertificates("ALERT_CA_FILE")
    return {
        limits: limitsOf(environment),
        quiet: quietHoursOf(environment),
        webhook: webhookOf(environment, ca),
        ntfy: ntfyOf(environment, ca),
        email: emailOf(environment, ca),
    }
}

/** A misspelt variable would leave an alert out without a word. */
function refuseUnknown(environment: Environment): void {
    const isKnown = (name: string) => variableNames.includes(name.replace(/_FILE$/, "")) || variableNames.includes(name)
    const unknown = environment.names("ALERT_").find(name => !isKnown(name))
    if (unknown === undefined) return
    const [nearest = ""] = variableNames.toSorted((a, b) => distance(a, unknown) - distance(b, unknown))
    throw refused(unknown, `airpin has no such setting; the nearest is ${nearest}`)
}

function limitsOf(environment: Environment): Limits {
    return {
        co2Ppm: environment.wholeNumber("ALERT_CO2_PPM", limitRanges.co2Ppm, undefined),
        co2Minutes: environment.wholeNumber("ALERT_CO2_MINUTES", limitRanges.co2Minutes, 15),
        silentMinutes: environment.wholeNumber("ALERT_SILENT_MINUTES", limitRanges.silentMinutes, 15),
        certificateDays: environment.wholeNumber("ALERT_CERTIFICATE_DAYS", certificateDays, 14),
        diskFreeMb: environment.wholeNumber("ALERT_DISK_FREE_MB", diskFreeMb, 1000),
    }
}

function quietHoursOf(environment: Environment): QuietHours {
    const zone = environment.text("ALERT_ZONE") ?? SystemZone.instance.name
    if (!IANAZone.isValidZone(zone)) throw refused("ALERT_ZONE", `"${zone}" is not a time zone like Europe/Berlin`)
    const text = environment.text("ALERT_QUIET_HOURS")
    if (text === undefined) return { ranges: [], days: [], zone }
    const quiet = parseQuietHours(text, zone)
    if (quiet === undefined) throw refused("ALERT_QUIET_HOURS", `"${text}" is not of the form 22:00-06:30,sat,sun`)
    return quiet
}

function webhookOf(environment: Environment, ca: string[] | undefined): WebhookSettings | undefined {
    const url = environment.webUrl("ALERT_WEBHOOK_URL")
    const text = environment.secret("ALERT_WEBHOOK_SECRET")
    if (url === undefined) return undefined
    if (text === undefined) throw refused("ALERT_WEBHOOK_SECRET", "it is not set, but ALERT_WEBHOOK_URL is")
    const base64 = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : text
    const secret = Buffer.from(base64, "base64")
    const isBase64 = /^[A-Za-z0-9+/]+=*$/.test(base64)
    if (isBase64 && secret.length >= secretBytes.min && secret.length <= secretBytes.max) return { url, secret, ca }
    const range = `${secretBytes.min} to ${secretBytes.max} bytes`
    throw refused("ALERT_WEBHOOK_SECRET", `it is not ${range} in base64; make one with: openssl rand -base64 32`)
}

function ntfyOf(environment: Environment, ca: string[] | undefined): NtfySettings | undefined {
    const url = environment.webUrl("ALERT_NTFY_URL")
    const token = environment.secret("ALERT_NTFY_TOKEN")
    if (url === undefined) return undefined
    const [, path = "", topic = ""] = /^(.*\/)([^/]*)$/.exec(url.pathname) ?? []
    if (!/^[-_A-Za-z0-9]{1,64}$/.test(topic))
        throw refused("ALERT_NTFY_URL", "it must end in a topic, for example https://ntfy.sh/our-school-air")
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
        throw refused("ALERT_NTFY_TOKEN", "it has a character that no access token has")
    return { server: new URL(path, url), topic, token, ca }
}

function emailOf(environment: Environment, ca: string[] | undefined): EmailSettings | undefined {
    const url = environment.url("ALERT_SMTP_URL", ["smtp", "smtps"])
    if (url === undefined) return undefined
    const tls = smtpTlsOf(url)
    const host = url.hostname.replace(/^\[|\]$/g, "")
    const port = url.port === "" ? smtpPorts[tls] : Number(url.port)
    const login = loginOf("ALERT_SMTP_URL", url)
    const from = environment.text("ALERT_EMAIL_FROM") ?? ""
    const to = (environment.text("ALERT_EMAIL_TO") ?? "").split(",").map(address => address.trim())
    if (!EMAIL_PATTERN.test(from)) throw refused("ALERT_EMAIL_FROM", `"${from}" is not an e-mail address`)
    const wrong = to.find(address => !EMAIL_PATTERN.test(address))
    if (wrong !== undefined) throw refused("ALERT_EMAIL_TO", `"${wrong}" is not an e-mail address`)
    return { host, port, tls, login, from, to, ca }
}

/** TLS from the first byte, by STARTTLS, or, on this machine only, none. */
function smtpTlsOf({ protocol, hostname, searchParams }: URL): EmailSettings["tls"] {
    if (protocol === "smtps:") return "implicit"
    const starttls = searchParams.get("starttls") ?? (isLoopbackHost(hostname) ? "no" : "yes")
    if (starttls === "yes") return "starttls"
    if (starttls !== "no") throw refused("ALERT_SMTP_URL", "its parameter starttls must be yes or no")
    if (isLoopbackHost(hostname)) return "none"
    throw refused("ALERT_SMTP_URL", `starttls=no is only for this machine, not for ${hostname}`)
}
