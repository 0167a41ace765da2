/**
 * Measures how long a device's post takes while others ask for a year of
 * readings. Compares checkouts of this project, all on one database:
 *
 *     git worktree add --detach /tmp/before 19db654 && (cd /tmp/before && npm ci)
 *     node --import tsx devs/bench/api-stall.ts /tmp/before .
 *
 * Each server runs in a process of its own, as `airpin serve` over TLS.
 */
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { Agent, request } from "node:https"
import { tmpdir } from "node:os"
import path from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"

const READERS = 8
const SECONDS = 10
/** pause between two posts of the one device */
const PAUSE_MS = 50
const YEAR_MINUTES = 525_600

interface Server {
    url: string
    agent: Agent
    token: string
    database: string
    seq: number
}

const device = (at: number) => `bench-${at}`
const readings = (at: number) => `/api/v1/devices/${device(at)}/readings`
const yearAgo = Math.floor(Date.now() / 1000) - YEAR_MINUTES * 60

/** What eight readers do all the time, by its name. */
const loads: Record<string, ((server: Server, at: number) => Promise<unknown>) | undefined> = {
    "nobody reads": undefined,
    "HEAD of a year's CSV": (server, at) => ask(server, "HEAD", `${readings(at)}.csv`),
    "a year's CSV": (server, at) => ask(server, "GET", `${readings(at)}.csv`),
    "a year's means by day": (server, at) => ask(server, "GET", `${readings(at)}?from=${yearAgo}&step=86400`),
    "the list of devices": server => ask(server, "GET", "/api/v1/devices"),
    "a held database": holdDatabase,
}

const checkouts = process.argv.slice(2)
const folder = mkdtempSync(path.join(tmpdir(), "airpin-bench-"))
try {
    await compare(checkouts.length > 0 ? checkouts : ["."])
} finally {
    rmSync(folder, { recursive: true })
}

async function compare(checkouts: string[]): Promise<void> {
    const database = path.join(folder, "readings.db")
    const token = fill(path.resolve(checkouts[0] ?? "."), database)
    const server = { database, token, seq: 0 }
    console.log(["CHECKOUT", "EIGHT READERS ASK FOR", "POSTS", "MEDIAN ms", "P99 ms", "WORST ms"].join("\t"))
    for (const checkout of checkouts) await measureCheckout(path.resolve(checkout), server)
}

/** Eight devices with a reading a minute for a year. @returns the token of the first */
function fill(checkout: string, database: string): string {
    const add = (at: number) =>
        JSON.parse(airpin(checkout, ["--json", "device", "add", device(at), "--db", database])).token
    const [token] = Array.from({ length: READERS }, (_, at) => add(at))
    const sqlite = new DatabaseSync(database)
    sqlite.exec(`
        INSERT INTO boots (device, id, lost) SELECT key, 'year', 0 FROM devices;
        WITH RECURSIVE minutes (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM minutes WHERE n < ${YEAR_MINUTES})
        INSERT INTO readings (device, boot, seq, time, co2Ppm, temperatureC, humidityRh)
        SELECT device, boots.key, n, ${yearAgo} + n * 60, 420 + n % 900, 20 + n % 300 / 100.0, 40 + n % 200 / 10.0
        FROM boots, minutes`)
    sqlite.close()
    return token
}

function airpin(checkout: string, args: string[]): string {
    return execFileSync(process.execPath, [path.join(checkout, "devs/airpin.mjs"), ...args], { encoding: "utf8" })
}

async function measureCheckout(checkout: string, shared: Omit<Server, "url" | "agent">): Promise<void> {
    const args = [path.join(checkout, "devs/airpin.mjs"), "serve", "--port", "0", "--db", shared.database]
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] })
    try {
        const server = Object.assign(shared, await addressOf(child.stdout))
        for (const [name, load] of Object.entries(loads)) {
            const times = (await postTimes(server, load)).sort((one, other) => one - other)
            const at = (share: number) => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(0)
            console.log([checkout, name, times.length, at(0.5), at(0.99), at(1)].join("\t"))
        }
        server.agent.destroy()
    } finally {
        child.kill("SIGINT")
        await once(child, "exit")
    }
}

async function addressOf(stdout: NodeJS.ReadableStream): Promise<{ url: string; agent: Agent }> {
    let text = ""
    for await (const chunk of stdout) {
        text += chunk
        const port = /https:\/\/[^\s:]+:(\d+)/.exec(text)?.[1]
        if (port === undefined || !text.includes("Ctrl-C")) continue
        const ca = readFileSync(path.join(folder, ".airpin/ca/root.pem"))
        return { url: `https://localhost:${port}`, agent: new Agent({ ca, keepAlive: true }) }
    }
    throw new Error(`the server ended: ${text}`)
}

/** How long each post took, ms. */
async function postTimes(server: Server, load: (typeof loads)[string]): Promise<number[]> {
    const endMs = performance.now() + SECONDS * 1000
    const readers =
        load === undefined ? [] : Array.from({ length: READERS }, (_, at) => keepAsking(server, load, at, endMs))
    const times = []
    while (performance.now() < endMs) {
        const startMs = performance.now()
        await post(server)
        times.push(performance.now() - startMs)
        await pause(PAUSE_MS)
    }
    await Promise.all(readers)
    return times
}

async function keepAsking(server: Server, load: NonNullable<(typeof loads)[string]>, at: number, endMs: number) {
    while (performance.now() < endMs) await load(server, at)
}

/** The database is held for 3 of every 3.5 s, as another process would; by the first reader only. */
async function holdDatabase({ database }: Server, at: number): Promise<void> {
    if (at > 0) return await pause(500)
    const sqlite = new DatabaseSync(database, { timeout: 5000 })
    sqlite.exec("BEGIN IMMEDIATE")
    await pause(3000)
    sqlite.exec("ROLLBACK")
    sqlite.close()
    await pause(500)
}

function post(server: Server): Promise<number> {
    const batch = { boot: "bench", seq: ++server.seq, age: 0, step: 60, co2Ppm: [700] }
    return ask(server, "POST", "/api/v1/readings", JSON.stringify(batch))
}

/** @returns the status, once the body has arrived; 0 if the connection broke */
function ask({ url, agent, token }: Server, method: string, path: string, body?: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}`, ...(body ? { "content-type": "application/json" } : {}) }
    return new Promise(resolve => {
        const asking = request(url + path, { method, agent, headers }, response => {
            response.resume().once("close", () => resolve(response.complete ? (response.statusCode ?? 0) : 0))
        })
        asking.on("error", () => resolve(0)).end(body)
    })
}

function pause(ms: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, ms))
}
