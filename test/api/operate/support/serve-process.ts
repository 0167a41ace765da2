/** A running `airpin serve`. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { BIN } from "../../../support/airpin.ts"

export class ServeProcess {
    stdout = ""
    stderr = ""
    readonly child: ChildProcess
    readonly ended: Promise<[status: number | null, signal: NodeJS.Signals | null]>

    private constructor(args: string[], cwd: string) {
        this.child = spawn(process.execPath, [BIN, "serve", "--port", "0", ...args], {
            cwd,
            stdio: ["ignore", "pipe", "pipe"],
        })
        this.child.stdout?.on("data", data => (this.stdout += data))
        this.child.stderr?.on("data", data => (this.stderr += data))
        this.ended = new Promise(resolve => this.child.once("close", (...how) => resolve(how)))
    }

    /** Resolves once it listens. */
    static async start(args: string[], cwd: string): Promise<ServeProcess> {
        const serving = new ServeProcess(args, cwd)
        after(() => serving.child.kill("SIGKILL"))
        const isUp = () => /Ctrl-C|"msg":"serving"/.test(serving.stdout)
        while (!isUp()) {
            const ended = serving.ended.then(() => {
                throw new Error(`ended: ${serving.stdout}${serving.stderr}`)
            })
            await Promise.race([once(serving.child.stdout!, "data"), ended])
        }
        return serving
    }

    get port(): number {
        return Number(/https?:\/\/[^/":]+:(\d+)/.exec(this.stdout)?.[1])
    }

    async stop(signal: NodeJS.Signals = "SIGTERM") {
        this.child.kill(signal)
        return await this.ended
    }
}
