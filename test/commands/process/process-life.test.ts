import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { writeLock } from "../../../certs/lock.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { imageFor } from "../../flash/support/flashing.ts"
import { BIN, temporaryFolder } from "../../support/airpin.ts"
import { tcpServer, temporaryCa } from "../../support/tls-servers.ts"

/** README: SIGINT and SIGTERM end any command within this time. */
const MAX_STOP_MS = 5000
/** A command that fails has nothing to wait for. */
const MAX_FAILURE_MS = 15_000
/** A second signal ends a command without waiting for anything; the rest is the load of this machine. */
const AT_ONCE_MS = 1000

/** A running command in an empty folder of its own, whose temporary files go to another one. */
class Running {
    stdout = ""
    stderr = ""
    readonly temporary: string
    readonly ended: Promise<number | NodeJS.Signals | null>
    readonly #child: ChildProcess

    private constructor(child: ChildProcess, temporary: string) {
        this.#child = child
        this.temporary = temporary
        child.stdout?.on("data", data => (this.stdout += data))
        child.stderr?.on("data", data => (this.stderr += data))
        this.ended = new Promise(resolve => child.once("close", (code, signal) => resolve(code ?? signal)))
    }

    static async start(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Running> {
        const folder = await temporaryFolder()
        const temporary = path.join(folder, "tmp")
        await mkdir(temporary)
        const env = { ...process.env, TMPDIR: temporary, ...environment }
        const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] })
        after(() => child.kill("SIGKILL"))
        return new Running(child, temporary)
    }

    kill(signal: NodeJS.Signals): void {
        this.#child.kill(signal)
    }

    /** The exit status, or "still running" after this time. */
    endsWithin(ms: number): Promise<number | NodeJS.Signals | string | null> {
        return Promise.race([this.ended, wait(ms, "still running", { ref: false })])
    }

    async until(ready: (running: Running) => boolean): Promise<void> {
        for (let triesLeft = 600; !ready(this); triesLeft--) {
            assert.ok(triesLeft > 0, `never ready: ${this.stdout}${this.stderr}`)
            if ((await this.endsWithin(50)) !== "still running") assert.fail(`ended: ${this.stdout}${this.stderr}`)
        }
    }

    /** What the command has made in the folder for temporary files. */
    temporaryFolders(): string[] {
        return readdirSync(this.temporary)
    }

    /** Nothing is left in the temporary folder, and no process that was started with it. */
    async assertNothingLeft(): Promise<void> {
        for (let triesLeft = 50; triesLeft > 0 && processesIn(this.temporary).length > 0; triesLeft--) await wait(100)
        assert.deepEqual(processesIn(this.temporary), [])
        assert.deepEqual(this.temporaryFolders(), [])
    }
}

/** The command lines of the processes with this TMPDIR; on Linux only. */
function processesIn(temporary: string): string[] {
    if (!existsSync("/proc/self/environ")) return []
    return readdirSync("/proc")
        .filter(name => /^\d+$/.test(name))
        .filter(id => readProcess(id, "environ").split("\0").includes(`TMPDIR=${temporary}`))
        .map(id => readProcess(id, "cmdline").replaceAll("\0", " "))
        .filter(commandLine => commandLine !== "")
}

function readProcess(id: string, file: string): string {
    try {
        return readFileSync(path.join("/proc", id, file), "latin1")
    } catch {
        return "" // it has ended, or it is another user's
    }
}

const shows = (text: string) => (running: Running) => running.stdout.includes(text)
/** True once the command has made a temporary folder: its service is being started. */
const hasTemporaryFolder = (running: Running) => running.temporaryFolders().length > 0

describe("a command", function () {
    this.timeout(120_000)
    let image = ""
    let root = ""
    let pinned = ""
    before(async () => {
        const folder = await temporaryFolder()
        image = path.join(folder, "device.bin")
        root = path.join(folder, "root.pem")
        await writeFile(image, imageFor("esp32").bytes)
        const { rootPem } = await temporaryCa()
        await writeFile(root, rootPem)
        pinned = path.join(folder, "pinned")
        const anchor = {
            certificate: parsePem(rootPem)[0],
            role: "issuer",
            source: "ca-file",
            reason: "a test",
        } as const
        await writeLock(pinned, [anchor], "localhost:443")
    })

    describe("without openssl in PATH", () => {
        const start = ["sim", "--interval", "10", "--batch", "2"] // npm start
        for (const args of [start, ["soak", "--days", "1", "--devices", "1"], ["bench", "wire"], ["pin", "127.0.0.1"]])
            it(`ends with OPENSSL_MISSING and leaves nothing behind: ${args.join(" ")}`, async () => {
                const running = await Running.start(args, { PATH: await temporaryFolder() })
                assert.equal(await running.endsWithin(MAX_FAILURE_MS), 1, running.stdout + running.stderr)
                assert.match(running.stderr, /\[OPENSSL_MISSING\]\nnext +\S/)
                assert.doesNotMatch(running.stdout, /reproduce/)
                await running.assertNothingLeft()
            })
    })

    it("ends when its port is in use", async () => {
        const { port } = await tcpServer(() => undefined)
        const running = await Running.start(["serve", "--port", String(port)])
        assert.equal(await running.endsWithin(MAX_FAILURE_MS), 1, running.stderr)
        assert.match(running.stderr, /\[PORT_IN_USE\]/)
        await running.assertNothingLeft()
    })

    /** Each command that takes long: its arguments, when to send the signal, and its exit status after SIGTERM. */
    type Case = [args: (port: number) => string[], ready: (running: Running) => boolean, status: number]
    const cases: Case[] = [
        [() => ["serve", "--port", "0"], shows("Ctrl-C"), 0],
        [() => ["sim", "--interval", "5", "--batch", "1"], shows("✓"), 0],
        [() => ["sim", "--speed", "1000"], shows("✓"), 0],
        [() => ["soak", "--days", "365", "--devices", "2"], hasTemporaryFolder, 143],
        [
            () => ["soak", "--days", "365", "--seed", "1..2", "--jobs", "2"],
            running => running.temporaryFolders().length === 2,
            143,
        ],
        [() => ["bench", "wire"], hasTemporaryFolder, 143],
        [() => ["flash", "--web", "--image", image], shows("Ctrl-C"), 0],
        [port => ["pin", `localhost:${port}`], () => connections > 0, 143],
        [port => ["pin", "--check", `localhost:${port}`, "--pinned", pinned], () => connections > 0, 143],
        [port => ["rehearse", `localhost:${port}`, "--bundle", root], () => connections > 0, 143],
    ]
    let connections = 0
    for (const [args, ready, status] of cases)
        it(`ends within 5 s of SIGTERM, and leaves nothing behind: ${args(0).slice(0, 5).join(" ")}`, async () => {
            connections = 0
            const { port } = await tcpServer(() => connections++) // accepts, and never sends anything
            const running = await Running.start(args(port))
            await running.until(ready)
            running.kill("SIGTERM")
            assert.equal(await running.endsWithin(MAX_STOP_MS), status, running.stdout + running.stderr)
            await running.assertNothingLeft()
        })

    it("takes the processes of soak --jobs with it even when it is killed", async () => {
        const running = await Running.start(["soak", "--days", "365", "--seed", "1..2", "--jobs", "2"])
        await running.until(each => each.temporaryFolders().length === 2)
        running.kill("SIGKILL")
        assert.equal(await running.endsWithin(MAX_STOP_MS), "SIGKILL")
        await running.assertNothingLeft()
    })

    it("ends at once at a second signal, by a signal", async () => {
        const running = await Running.start(["sim", "--interval", "5", "--batch", "1"])
        await running.until(shows("Ctrl-C"))
        // two kinds, since two of the same may come as one; it is not said which of them comes first
        running.kill("SIGINT")
        running.kill("SIGTERM")
        const end = await running.endsWithin(AT_ONCE_MS)
        assert.ok(end === "SIGTERM" || end === "SIGINT", `${end}`)
        await running.assertNothingLeft()
    })
})
