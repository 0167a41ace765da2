/** A process of `airpin serve`. */
import { once } from "node:events"
import { mkdirSync, writeFileSync } from "node:fs"
import https from "node:https"
import path from "node:path"
import type { ServerCredentials } from "../../../certs/local-ca.ts"
import { type Place, Program } from "./program.ts"
import { until } from "./waiting.ts"

/** Reading TypeScript takes a few seconds on a busy machine; the first process also creates the tables. */
const START_MS = 60_000
const CHECK_TIMEOUT_MS = 2_000
/** 200 if the process could store a batch. */
export const READY_PATH = "/ready"

export interface ApiOptions {
    name: string
    port: number
    /** the airpin checkout that is run */
    checkout: string
    place: Place
    credentials: ServerCredentials
    rootPem: string
}

export class Api {
    readonly name: string
    readonly port: number
    readonly #program: Program
    readonly #rootPem: string

    constructor({ name, port, checkout, place, credentials, rootPem }: ApiOptions) {
        this.name = name
        this.port = port
        this.#rootPem = rootPem
        const cwd = path.join(place.folder, name)
        mkdirSync(cwd)
        const [key, cert] = [path.join(cwd, "key.pem"), path.join(cwd, "chain.pem")]
        writeFileSync(key, credentials.keyPem, { mode: 0o600 })
        writeFileSync(cert, credentials.chainPem)
        const command = process.execPath
        const serve = ["serve", "--port", String(port), "--key", key, "--cert", cert]
        const args = [path.join(checkout, "devs/airpin.mjs"), ...serve]
        // As the user who runs the tests: the checkout may be in a folder that nobody else can read.
        this.#program = new Program({ name, command, args, cwd, place: { ...place, account: undefined } })
    }

    start(databaseUrl?: string): void {
        this.#program.start(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl })
    }

    kill(): Promise<void> {
        return this.#program.kill()
    }

    signal(signal: NodeJS.Signals): void {
        this.#program.signal(signal)
    }

    /** Waits until it says that it could store a batch. */
    async ready(): Promise<void> {
        await until(`${this.name} ready`, START_MS, async () => {
            if (this.#program.pid === undefined) throw new Error(this.#program.lastLines())
            return (await isReady(this.port, this.#rootPem)) || undefined
        })
    }
}

/** True if an API process that can be reached at this port could store a batch. */
export async function isReady(port: number, rootPem: string): Promise<boolean> {
    const options = { host: "localhost", port, path: READY_PATH, ca: rootPem, agent: false, timeout: CHECK_TIMEOUT_MS }
    const request = https.get(options)
    request.once("timeout", () => request.destroy(new Error("no response in time")))
    const [response] = await once(request, "response")
    response.resume()
    return response.statusCode === 200
}
