/** What a figure was measured on, and with which versions. */
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { arch, cpus, loadavg, release, totalmem, type } from "node:os"
import { promisify } from "node:util"
import { endWithProcess } from "../../../certs/pull/end-with-process.ts"
import { gitRevision } from "../../image/git-revision.ts"
import { projectDirectory } from "../../vm/build-cache.ts"

export interface Machine {
    processor: string
    cores: number
    memoryGib: number
    system: string
    /** waiting and running threads on average in the last minute, at the start */
    load: number
    /** of airpin, Node.js and whatever it is compared with; undefined: not installed */
    versions: Record<string, string | undefined>
}

const TIMEOUT_MS = 60_000
/** How each program says which version it is. */
const versionArguments: Record<string, string[]> = {
    nginx: ["-v"],
    esptool: ["version"],
    "esptool.py": ["version"],
    python3: ["-c", "import cryptography; print(cryptography.__version__)"],
}

export async function thisMachine(): Promise<Machine> {
    const [processor] = cpus()
    return {
        processor: processor?.model ?? "unknown",
        cores: cpus().length,
        memoryGib: Math.round(totalmem() / 2 ** 30),
        system: `${type()} ${release()} ${arch()}`,
        load: loadavg()[0] ?? 0,
        versions: {
            airpin: (await gitRevision(projectDirectory))?.replace(/^(.{10})[0-9a-f]*/, "$1"),
            "Node.js": process.versions.node,
            OpenSSL: process.versions.openssl,
            DeviceScript: packageVersion("@devicescript/cli"),
            SQLite: packageVersion("@photostructure/sqlite"),
            nginx: await programVersion("nginx"),
            "Python's cryptography": await programVersion("python3"),
            esptool: (await programVersion("esptool")) ?? (await programVersion("esptool.py")),
        },
    }
}

/** "2 × Xeon, 24 GiB, Linux 6.1 x64; airpin 6a0bc6b, Node.js 20.20.2, no nginx" */
export function machineText({ processor, cores, memoryGib, system, load, versions }: Machine): string {
    const installed = Object.entries(versions).map(([name, version]) => (version ? `${name} ${version}` : `no ${name}`))
    return `${cores} × ${processor}, ${memoryGib} GiB, ${system}, load ${load.toFixed(1)} at the start; ${installed.join(", ")}`
}

/** Undefined where the program is not installed or does not run. */
export async function programVersion(program: string): Promise<string | undefined> {
    try {
        const output = await outputOf(program, versionArguments[program] ?? ["--version"])
        return /\d+(\.\d+)+/.exec(output)?.[0]
    } catch {
        return undefined
    }
}

/** What a program prints. @throws Error if it is missing or fails */
export async function outputOf(program: string, args: string[]): Promise<string> {
    const running = promisify(execFile)(program, args, { timeout: TIMEOUT_MS })
    endWithProcess(running.child)
    const { stdout, stderr } = await running
    return stdout + stderr
}

function packageVersion(name: string): string | undefined {
    const text = readFileSync(`${projectDirectory}/node_modules/${name}/package.json`, "utf8")
    return (JSON.parse(text) as { version?: string }).version
}
