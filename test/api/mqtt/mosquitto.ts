/** Mosquitto of Debian on a free port of this machine, with a password file. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { tcpServer } from "../../support/tls-servers.ts"

const MOSQUITTO = "/usr/sbin/mosquitto"
const START_MS = 5_000

/** Why Mosquitto cannot be tried here; undefined if it can. */
export function mosquittoMissing(): string | undefined {
    try {
        execFileSync("mosquitto_sub", ["--help"], { stdio: "ignore" })
    } catch (error) {
        // mosquitto_sub --help exits with 1
        if (Reflect.get(Object(error), "code") === "ENOENT")
            return "mosquitto_sub is missing: apt install mosquitto-clients"
    }
    try {
        execFileSync(MOSQUITTO, ["-h"], { stdio: "ignore" })
    } catch (error) {
        if (Reflect.get(Object(error), "code") === "ENOENT") return "Mosquitto is missing: apt install mosquitto"
    }
    return undefined
}

export interface BrokerTls {
    certPem: string
    keyPem: string
    /** root of the certificate, for mosquitto_sub */
    rootPem: string
}

async function freePort(): Promise<number> {
    const { port, close } = await tcpServer(() => undefined)
    await close()
    return port
}

export class Mosquitto {
    readonly user = "airpin"
    readonly password = "p@ss:w/rd"
    readonly folder = mkdtempSync(path.join(tmpdir(), "airpin-mosquitto-"))
    port = 0
    log = ""
    #process: ChildProcess | undefined
    readonly #tls: BrokerTls | undefined

    constructor(tls?: BrokerTls) {
        this.#tls = tls
    }

    /** The URL with user and password. */
    get url(): string {
        const scheme = this.#tls ? "mqtts" : "mqtt"
        return `${scheme}://${this.user}:${encodeURIComponent(this.password)}@localhost:${this.port}`
    }

    async start(): Promise<void> {
        this.port ||= await freePort()
        const file = (name: string) => path.join(this.folder, name)
        execFileSync("mosquitto_passwd", ["-b", "-c", file("passwords"), this.user, this.password])
        const tls = this.#tls
        if (tls) {
            writeFileSync(file("cert.pem"), tls.certPem)
            writeFileSync(file("key.pem"), tls.keyPem)
            writeFileSync(file("root.pem"), tls.rootPem)
        }
        const lines = [
            `listener ${this.port} 127.0.0.1`,
            "allow_anonymous false",
            `password_file ${file("passwords")}`,
            "log_dest stderr",
            "log_type all",
            ...(tls ? [`certfile ${file("cert.pem")}`, `keyfile ${file("key.pem")}`] : []),
            ...(process.getuid?.() === 0 ? ["user root"] : []),
        ]
        writeFileSync(file("mosquitto.conf"), `${lines.join("\n")}\n`)
        this.#process = spawn(MOSQUITTO, ["-c", file("mosquitto.conf")], { stdio: ["ignore", "ignore", "pipe"] })
        this.#process.stderr?.on("data", data => (this.log += data))
        await this.#listening()
    }

    async #listening(): Promise<void> {
        for (const end = Date.now() + START_MS; Date.now() < end; await sleep(20)) {
            const isUp = await new Promise(resolve => {
                const socket = connect(this.port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false))
                socket.on("connect", () => socket.destroy())
            })
            if (isUp) return
        }
        throw new Error(`Mosquitto does not listen: ${this.log}`)
    }

    /**
     * The retained messages below a topic, by topic, as mosquitto_sub reads them within a second.
     *
     * @param count it is quicker if the number is known
     */
    async retained(topic: string, count?: number): Promise<Record<string, string>> {
        const tls = this.#tls ? ["--cafile", path.join(this.folder, "root.pem")] : []
        const args = [...tls, "-h", "localhost", "-p", String(this.port), "-u", this.user, "-P", this.password]
        const read = [
            ...args,
            "--retained-only",
            "-W",
            "1",
            ...(count ? ["-C", String(count)] : []),
            "-t",
            topic,
            "-F",
            "%t %p",
        ]
        const { stdout } = await promisify(execFile)("mosquitto_sub", read).catch(error => error) // timed out: exit 27
        const lines = String(stdout)
            .split("\n")
            .filter(line => line !== "")
        return Object.fromEntries(
            lines.map(line => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
        )
    }

    /** Sends a signal to the broker: SIGSTOP, SIGCONT. */
    signal(name: NodeJS.Signals): void {
        this.#process?.kill(name)
    }

    /** Kills the broker; retained messages are lost. */
    async stop(): Promise<void> {
        const ended = this.#process
        this.#process = undefined
        if (ended === undefined || ended.exitCode !== null) return
        await new Promise(resolve => {
            ended.once("exit", resolve)
            ended.kill("SIGKILL")
        })
    }

    async end(): Promise<void> {
        await this.stop()
        rmSync(this.folder, { recursive: true, force: true })
    }
}
