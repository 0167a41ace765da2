import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import path from "node:path"
import { maxOpenFiles } from "../../../devs/api/operate/file-limit.ts"
import { serviceManager } from "../../../devs/api/operate/service-manager.ts"
import { definition } from "../../../devs/commands/service/serve.ts"
import { temporaryFolder } from "../../support/airpin.ts"

const UNIT = "devs/api/operate/airpin.service"
/** The exposure that the README states, of systemd 252; 10 is a service without any hardening. */
const MAX_EXPOSURE = 1.4

describe("the systemd unit", () => {
    it("is valid, and its exposure is what the README states", function () {
        const { error, stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", UNIT], {
            encoding: "utf8",
        })
        if (error || !/exposure level/.test(stdout)) return this.skip() // Debian: apt install systemd
        const [, exposure] = /exposure level for airpin\.service: ([\d.]+)/.exec(stdout) ?? []
        assert.ok(Number(exposure) <= MAX_EXPOSURE, stdout)
        assert.equal(
            spawnSync("systemd-analyze", ["verify", UNIT], { encoding: "utf8" }).stderr.match(/airpin\.service:\d+/),
            null,
        )
    })

    it("starts airpin serve with options that it has", () => {
        const [, words = ""] =
            /^ExecStart=\/usr\/bin\/node \/opt\/airpin\/devs\/airpin\.mjs serve (.+)$/m.exec(
                readFileSync(UNIT, "utf8"),
            ) ?? []
        const known = definition.options.map(({ long }) => long)
        const given = words.split(" ").filter(word => word.startsWith("--"))
        assert.ok(given.length > 2)
        for (const option of given) assert.ok(known.includes(option), option)
    })

    it("gets word that the server listens, that it lives, and that it stops", async function () {
        this.timeout(30_000)
        if (spawnSync("systemd-notify", ["--version"]).error || spawnSync("python3", ["--version"]).error)
            return this.skip()
        const socket = path.join(await temporaryFolder(), "notify")
        const receiver = spawn("python3", [path.join(import.meta.dirname, "support/notify-socket.py"), socket])
        let received = ""
        receiver.stdout.on("data", text => (received += text))
        try {
            const until = async (line: string) => {
                while (!received.split("\n").includes(line)) await once(receiver.stdout, "data")
            }
            await until("bound")
            const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "900000", PATH: process.env.PATH, SECRET: "s3cret" }
            const errors: Error[] = []
            const manager = serviceManager(env, error => errors.push(error))
            manager.ready()
            await until("READY=1")
            await until(`MAINPID=${process.pid}`)
            await until("WATCHDOG=1")
            manager.stopping()
            await until("STOPPING=1")
            assert.deepEqual(errors, [])
        } finally {
            receiver.kill()
        }
    })

    it("is told nothing where there is none", () => {
        serviceManager({}, assert.fail).ready()
    })
})

describe("the limit of open files", () => {
    it("is read from /proc/self/limits", () => {
        const limits = "Limit                     Soft Limit           Hard Limit           Units     \n"
        assert.equal(
            maxOpenFiles(`${limits}Max open files            1024                 524288               files     \n`),
            1024,
        )
        assert.equal(
            maxOpenFiles(`${limits}Max open files            unlimited            unlimited            files     \n`),
            undefined,
        )
        assert.equal(maxOpenFiles(""), undefined)
    })
})
