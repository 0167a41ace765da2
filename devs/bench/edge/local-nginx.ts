/** nginx with a site of airpin on loopback, as the user that runs it, with all its files in one folder. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { openSync, readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { connect } from "node:net"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { endWithProcess } from "../../../certs/pull/end-with-process.ts"
import { nginxMainText } from "../../edge/site/nginx-main.ts"
import { childrenOf, cpuMsOf, rssBytesOf, ServerProcess } from "../api/child.ts"

export interface LocalNginxOptions {
    /** of its pid file, logs and temporary files; absolute */
    folder: string
    /** file with the site; it must listen on 127.0.0.1 */
    site: string
    httpsPort: number
    /** default "nginx" */
    program?: string
    workerConnections?: number
}

const START_LIMIT_MS = 10_000
const POLL_MS = 20

/** The master and its workers. */
export class LocalNginx extends ServerProcess {
    /** file of its configuration */
    readonly configuration: string
    /** folder of its pid file and logs */
    readonly folder: string

    private constructor(
        folder: string,
        configuration: string,
        ...process: ConstructorParameters<typeof ServerProcess>
    ) {
        super(...process)
        this.folder = folder
        this.configuration = configuration
    }

    /** @throws Error with its log if it does not listen within 10 s */
    static async start(options: LocalNginxOptions): Promise<LocalNginx> {
        const { folder, site, httpsPort, program = "nginx", workerConnections } = options
        const configuration = path.join(folder, "nginx.conf")
        // root's workers would otherwise be another user's, who must not read the folder
        const user = process.getuid?.() === 0 ? { user: "root root" } : {}
        const main = { folder, sites: [site], ...user, ...(workerConnections && { workerConnections }) }
        await writeFile(configuration, nginxMainText(main))
        const logFile = path.join(folder, "error.log")
        const log = openSync(logFile, "a")
        const args = ["-e", "stderr", "-p", folder, "-c", configuration]
        const child = endWithProcess(spawn(program, args, { stdio: ["ignore", log, log] }), "SIGTERM")
        const ended = once(child, "exit")
        const errors = () => readFileSync(logFile, "utf8")
        const nginx = new LocalNginx(folder, configuration, child, httpsPort, errors)
        for (const endMs = performance.now() + START_LIMIT_MS; !(await listens(httpsPort)); ) {
            const isOver = performance.now() > endMs || child.exitCode !== null
            if (isOver) throw new Error(`nginx does not listen: ${errors()}`)
            await Promise.race([sleep(POLL_MS), ended])
        }
        return nginx
    }

    override cpuMs(): number {
        return this.#sum(cpuMsOf)
    }

    override rssBytes(): number {
        return this.#sum(rssBytesOf)
    }

    #sum(measure: (pid: number | undefined) => number): number {
        return [this.child.pid, ...childrenOf(this.child.pid)].reduce<number>((sum, pid) => sum + measure(pid), 0)
    }
}

function listens(port: number): Promise<boolean> {
    return new Promise(resolve => {
        const socket = connect(port, "127.0.0.1")
        socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
        socket.once("connect", () => socket.destroy())
    })
}
