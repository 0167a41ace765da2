/** Reads what alerts need to know about the server: this file touches the disk. */
import { X509Certificate } from "node:crypto"
import { anchorEnd } from "../../../certs/check.ts"
import { readLock } from "../../../certs/lock.ts"
import { diskSpace } from "../operate/free-disk.ts"
import type { Ending, ServerFacts } from "./conditions.ts"

/** How often pins are read, ms: they change when a person pins. */
const PINS_EVERY_MS = 600_000

export interface ServerSources {
    /** why the server's clock is in doubt */
    clockDoubt(): string | undefined
    /** certificate chain that the server presents, PEM; undefined for HTTP */
    certificatePem(): string | undefined
    /** folder of the pins; there need not be any */
    pinsFolder: string
    /** on the disk whose space counts; undefined: the database is on another machine */
    diskFolder: string | undefined
}

export class ServerWatch {
    readonly #sources: ServerSources
    readonly #monotonicMs: () => number
    #pins: Ending[] = []
    #pinsAtMs = Number.NEGATIVE_INFINITY

    constructor(sources: ServerSources, monotonicMs: () => number) {
        this.#sources = sources
        this.#monotonicMs = monotonicMs
    }

    async look(): Promise<Pick<ServerFacts, "clockDoubt" | "certificate" | "pins" | "disk">> {
        const { clockDoubt, certificatePem, diskFolder } = this.#sources
        await this.#readPins()
        const pem = certificatePem()
        return {
            clockDoubt: clockDoubt(),
            certificate: pem === undefined ? undefined : endOf(pem),
            pins: this.#pins,
            disk: diskFolder === undefined ? undefined : await diskSpace(diskFolder),
        }
    }

    async #readPins(): Promise<void> {
        const nowMs = this.#monotonicMs()
        if (nowMs - this.#pinsAtMs < PINS_EVERY_MS) return
        this.#pinsAtMs = nowMs
        // missing or broken: airpin pin --check says so
        const lock = await readLock(this.#sources.pinsFolder).catch(() => undefined)
        this.#pins = (lock?.anchors ?? []).map(({ certificate }) => ({
            subject: certificate.subject,
            endsAt: Math.floor(anchorEnd(certificate).getTime() / 1000),
        }))
    }
}

function endOf(pem: string): Ending {
    const { subject, subjectAltName, validTo } = new X509Certificate(pem)
    const name = subjectAltName?.split(", ")[0]?.replace(/^.*?:/, "") ?? subject
    return { subject: name, endsAt: Math.floor(Date.parse(validTo) / 1000) }
}
