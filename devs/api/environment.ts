/**
 * Settings of the service from its environment, as a service manager gives them (`EnvironmentFile=` of systemd, `env`
 * of a container). A wrong value is refused by the name of its variable; the value of a secret is never shown.
 */
import { readFileSync } from "node:fs"
import { isIP } from "node:net"
import { rootCertificates } from "node:tls"
import { AirpinError } from "../../certs/error.ts"

export type Variables = Record<string, string | undefined>

export interface Range {
    min: number
    max: number
}

/** Reads variables. Empty ones count as not set. Every method throws AirpinError ENVIRONMENT_INVALID. */
export class Environment {
    readonly #variables: Variables

    constructor(variables: Variables) {
        this.#variables = variables
    }

    /** The names that begin with `prefix` and are set. */
    names(prefix: string): string[] {
        return Object.keys(this.#variables).filter(name => name.startsWith(prefix) && this.text(name) !== undefined)
    }

    text(name: string): string | undefined {
        return this.#variables[name]?.trim() || undefined
    }

    /** The value of NAME, or the first line of the file that NAME_FILE names. */
    secret(name: string): string | undefined {
        const fileName = `${name}_FILE`
        const file = this.text(fileName)
        if (file === undefined) return this.text(name)
        if (this.text(name) !== undefined) throw refused(fileName, `${name} is set too: set one of them`)
        return readText(fileName, file).split("\n")[0]?.trim() || undefined
    }

    wholeNumber<Otherwise extends number | undefined>(
        name: string,
        { min, max }: Range,
        otherwise: Otherwise,
    ): number | Otherwise {
        const text = this.text(name)
        if (text === undefined) return otherwise
        const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
        if (value >= min && value <= max) return value
        throw refused(name, `"${text}" is not a whole number from ${min} to ${max}`)
    }

    isYes(name: string): boolean {
        const text = this.text(name)
        if (text === undefined || text === "no") return false
        if (text === "yes") return true
        throw refused(name, `"${text}" is neither yes nor no`)
    }

    /** A URL with one of the schemes. It may contain a password, so no message shows it. */
    url(name: string, schemes: string[]): URL | undefined {
        const text = this.secret(name)
        if (text === undefined) return undefined
        const forms = schemes.map(scheme => `${scheme}://`).join(" or ")
        const url = URL.canParse(text) ? new URL(text) : undefined
        if (url === undefined || !schemes.includes(url.protocol.slice(0, -1)) || url.hostname === "")
            throw refused(name, `it is not a URL that begins with ${forms}`)
        return url
    }

    /** A URL of HTTPS, or of HTTP on this machine. */
    webUrl(name: string): URL | undefined {
        const url = this.url(name, ["https", "http"])
        if (url?.protocol === "http:" && !isLoopbackHost(url.hostname))
            throw refused(name, `http:// is only for this machine; use https:// for ${url.hostname}`)
        return url
    }

    /** Certificates that clients of the service trust: those of Node.js, and those in the file that NAME names. */
    trustedCertificates(name: string): string[] | undefined {
        const file = this.text(name)
        if (file === undefined) return undefined
        const text = readText(name, file)
        if (!text.includes("-----BEGIN CERTIFICATE-----")) throw refused(name, `${file} has no certificate in PEM`)
        return [...rootCertificates, text]
    }
}

/** @returns the error for a variable with a wrong value */
export function refused(name: string, why: string): AirpinError {
    return new AirpinError("ENVIRONMENT_INVALID", `${name}: ${why}`)
}

/** User and password of a URL; undefined without a user. */
export function loginOf(name: string, { username, password }: URL): { user: string; pass: string } | undefined {
    if (username === "") return undefined
    try {
        return { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
    } catch {
        throw refused(name, "a % in its user or password must be written %25")
    }
}

/** True for a host that is this machine: `localhost`, 127.0.0.0/8, ::1. */
export function isLoopbackHost(host: string): boolean {
    const address = host.replace(/^\[|\]$/g, "")
    return host === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."))
}

function readText(name: string, file: string): string {
    try {
        return readFileSync(file, "utf8")
    } catch (cause) {
        throw new AirpinError("ENVIRONMENT_INVALID", `${name}: ${file} cannot be read`, { cause })
    }
}
