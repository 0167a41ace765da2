/** `airpin serve` as a process that faults happen to, always on the same port. */
import { once } from "node:events"
import { writeFile } from "node:fs/promises"
import { request } from "node:https"
import { createServer } from "node:net"
import path from "node:path"
import { sql } from "kysely"
import { openOrCreateLocalCa } from "../../../../certs/local-ca.ts"
import { addDevice } from "../../../../devs/api/device-registry.ts"
import { openDatabase } from "../../../../devs/api/store/open.ts"
import { readingPage } from "../../../../devs/api/store/readings.ts"
import { type ServerProcess, startServer } from "../../../../devs/bench/api/child.ts"
import { BIN } from "../../../support/airpin.ts"
import { Load, sleep } from "./keeping-device.ts"

const DEVICES = ["attic", "hall", "kitchen", "office"]

/** 2 s for which a result counts and 5 s of a check, and as much again on a busy machine */
const MAX_OPINION_MS = 15_000

/** the disks of the tests are small */
const MIN_FREE = ["--min-free-disk", "1"]

const preload = new URL("shifted-clock.mjs", import.meta.url).href

export class Service {
    /** what `--db` names */
    readonly place: string
    readonly port: number
    readonly #folder: string
    readonly #ca: string
    readonly #tokens = new Map<string, string>()
    #server: ServerProcess | undefined

    private constructor(place: string, port: number, folder: string, ca: string) {
        this.place = place
        this.port = port
        this.#folder = folder
        this.#ca = ca
    }

    /** @param folder for certificates; the database may be elsewhere */
    static async open(place: string, folder: string): Promise<Service> {
        const { rootPem, server } = await openOrCreateLocalCa(path.join(folder, "ca"))
        await writeFile(path.join(folder, "cert.pem"), server.chainPem)
        await writeFile(path.join(folder, "key.pem"), server.keyPem, { mode: 0o600 })
        const service = new Service(place, await freePort(), folder, rootPem)
        await service.#addDevices()
        await service.start()
        return service
    }

    /**
     * A file is made elsewhere first: @photostructure/sqlite 1.2.1 keeps it open after `close`, until its statements are
     * garbage, and a disk with an open file cannot be taken out.
     */
    async #addDevices(): Promise<void> {
        const isFile = !this.place.startsWith("postgres:")
        const db = await openDatabase(isFile ? path.join(this.#folder, "devices.db") : this.place)
        for (const id of DEVICES) this.#tokens.set(id, (await addDevice(db, { id, createdAt: 1_700_000_000 })).token)
        if (isFile) await sql`VACUUM INTO ${this.place}`.execute(db.sql)
        await db.close()
    }

    async start(): Promise<void> {
        const files = ["--cert", path.join(this.#folder, "cert.pem"), "--key", path.join(this.#folder, "key.pem")]
        const env = { AIRPIN_CLOCK_FILE: path.join(this.#folder, "clock"), DATABASE_URL: this.place }
        const args = ["--import", preload, BIN, "serve", "--port", String(this.port), ...files, ...MIN_FREE]
        this.#server = await startServer(args, env)
    }

    /** @param signal SIGKILL: without any warning */
    async end(signal: NodeJS.Signals): Promise<void> {
        const child = this.#server?.child
        if (!child || child.exitCode !== null || child.signalCode !== null) return
        child.kill(signal)
        await once(child, "exit")
    }

    /** Sets its clock wrong. */
    async setClockOff(seconds: number): Promise<void> {
        await writeFile(path.join(this.#folder, "clock"), String(seconds))
        await sleep(200)
    }

    load(): Load {
        return new Load(this.port, this.#ca, this.#tokens)
    }

    /** Status of `/ready`; 0 without a response. */
    ready(): Promise<number> {
        return new Promise(resolve => {
            const options = { host: "localhost", port: this.port, ca: this.#ca, path: "/ready", timeout: 5000 }
            const asking = request(options, response => {
                response.resume()
                resolve(response.statusCode ?? 0)
            })
            asking.on("timeout", () => asking.destroy())
            asking.on("error", () => resolve(0)).end()
        })
    }

    /** Waits until `/ready` has this opinion: it checks every 2 s, and while it is asked, for at most 5 s. */
    async untilReady(isReady: boolean): Promise<void> {
        const endMs = performance.now() + MAX_OPINION_MS
        for (;;) {
            const status = await this.ready()
            if (status === (isReady ? 200 : 503)) return
            if (performance.now() > endMs) throw new Error(`/ready still has ${status} after ${MAX_OPINION_MS} ms`)
            await sleep(50)
        }
    }

    /** Every stored reading: "device boot seq time co2Ppm", sorted. The server must have ended. */
    async stored(): Promise<string[]> {
        const db = await openDatabase(this.place)
        const found: string[] = []
        for (const id of DEVICES) {
            let after: string | undefined
            do {
                const page = await readingPage(db.sql, id, { from: 0, to: 9_999_999_999 }, 10_000, after)
                for (const { boot, seq, time, co2Ppm } of page.readings)
                    found.push([id, boot, seq, time, co2Ppm].join(" "))
                after = page.next ?? undefined
            } while (after !== undefined)
        }
        await db.close()
        return found.sort()
    }
}

async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    server.close()
    await once(server, "close")
    return address !== null && typeof address === "object" ? address.port : 0
}
