/** `airpin serve --domain` in a process of its own, with pebble as its CA. */
import { type ChildProcess, spawn } from "node:child_process"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { type ChipHandshake, pullAsChip } from "../../../certs/pull/chip-handshake.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { BIN } from "../../support/airpin.ts"
import type { Pebble } from "./pebble.ts"

/** Commands start slowly on a busy machine. */
const LIMIT_MS = 30_000
const POLL_MS = 20

export interface DomainServerOptions {
    /** working directory: the database and the edge folder are in its .airpin */
    folder: string
    names: string[]
    pebble: Pebble
    /** of the facade in front of pebble */
    directory: string
}

export class DomainServer {
    stdout = ""
    stderr = ""
    /** exit status */
    readonly ended: Promise<number | null>
    readonly #child: ChildProcess
    readonly #names: string[]

    constructor({ folder, names, pebble, directory }: DomainServerOptions) {
        const ca = ["--acme-server", directory, "--acme-ca", pebble.caFile, "--acme-port", `${pebble.httpPort}`]
        const own = ["--host", "127.0.0.1", "--port", "0", "--public", "--email", "owner@example.org"]
        const args = ["serve", ...names.flatMap(name => ["--domain", name]), ...own, ...ca]
        this.#names = names
        this.#child = spawn(process.execPath, [BIN, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] })
        this.#child.stdout?.on("data", data => (this.stdout += data))
        this.#child.stderr?.on("data", data => (this.stderr += data))
        this.ended = new Promise(resolve => this.#child.once("close", resolve))
    }

    kill(signal: NodeJS.Signals): void {
        this.#child.kill(signal)
    }

    /** SIGTERM. @returns the exit status and how long it took */
    async stop(): Promise<{ status: number | null; ms: number }> {
        const startMs = performance.now()
        this.kill("SIGTERM")
        const status = await this.ended
        return { status, ms: performance.now() - startMs }
    }

    /** Resolves when it has printed this. */
    async prints(pattern: RegExp): Promise<void> {
        await this.until(`it prints ${pattern}`, async () => pattern.test(`${this.stdout}${this.stderr}`))
    }

    async until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
        const endMs = performance.now() + LIMIT_MS
        while (!(await isTrue())) {
            if (performance.now() > endMs) throw new Error(`never: ${what}\n${this.stdout}${this.stderr}`)
            await sleep(POLL_MS)
        }
    }

    /** 0 before it listens */
    get port(): number {
        return Number(/^page +https:\/\/[^:]+:(\d+)\/$/m.exec(this.stdout)?.[1] ?? 0)
    }

    /** What a device is presented. */
    handshake(): Promise<ChipHandshake> {
        return pullAsChip({ host: "127.0.0.1", port: this.port, serverName: this.#names[0]! })
    }

    /** SHA-256 of the leaf that a device is presented. */
    async leaf(): Promise<string> {
        return sha256Of((await this.handshake()).chain[0]!.der)
    }

    /** Has a round run, as after `systemctl reload`, and waits until another leaf serves. */
    async renewed(before: string): Promise<string> {
        this.kill("SIGHUP")
        let leaf = before
        await this.until("another leaf serves", async () => (leaf = await this.leaf()) !== before)
        return leaf
    }
}

/** As if a day had passed for the limit of orders. No round may run. */
export async function forgetOrders(folder: string): Promise<void> {
    const file = path.join(folder, ".airpin/edge/state.json")
    const state = JSON.parse(await readFile(file, "utf8"))
    await writeFile(file, JSON.stringify({ ...state, attempts: [] }))
}
