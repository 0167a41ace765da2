/** What is behind and beside the front: the CA, the database, processes of the API. Everything is in one folder. */
import http from "node:http"
import path from "node:path"
import { type ChipHandshake, pullAsChip } from "../../../certs/pull/chip-handshake.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import type { Resources } from "../../../devs/resources.ts"
import { freePorts } from "../../ha/cluster/ports.ts"
import { Program } from "../../ha/cluster/program.ts"
import { until } from "../../ha/cluster/waiting.ts"
import { BIN, type Outcome } from "../../support/airpin.ts"
import { type Facade, startFacade } from "../support/ca-facade.ts"
import { type Pebble, startPebble } from "../support/pebble.ts"
import { runAirpin } from "./commands.ts"
import { SharedClock } from "./shared-clock.ts"

/** Resolves to loopback everywhere. */
export const NAME = "localhost"

const START_LIMIT_MS = 30_000

export interface TrialWorld {
    folder: string
    speed: number
    /** the front's durations are divided by `speed` */
    scalesFront: boolean
    clock: SharedClock
    pebble: Pebble
    /** in front of pebble; its chains can be changed */
    facade: Facade
    /** SQLite file */
    database: string
    edgeFolder: string
    /** nothing listens on them before the front does; pebble asks the first for HTTP-01 */
    httpPort: number
    httpsPort: number
    resources: Resources
    /** Runs a command in the trial's time. @throws Error for another exit code than those expected, default 0 */
    airpin(args: string[], expected?: number[]): Promise<Outcome>
    /** Starts `airpin serve` with these arguments in the trial's time, with the database. */
    serve(name: string, args: string[]): Program
    /** Starts so many `airpin serve --http` behind a proxy on loopback. @returns HOST:PORT of each, once they respond */
    startApis(count: number): Promise<string[]>
}

export interface TrialTime {
    /** of virtual time, at most, in multiples of real time */
    speed: number
    /** false: for the front, whose time is real, next to no time passes */
    scalesFront: boolean
}

/** Everything is ended with `resources`. */
export async function openTrialWorld(resources: Resources, { speed, scalesFront }: TrialTime): Promise<TrialWorld> {
    const folder = resources.temporaryFolder("trial")
    const clock = new SharedClock(path.join(folder, "clock"), speed)
    const [httpPort = 0, httpsPort = 0] = await freePorts(2)
    const pebble = await startPebble({ httpPort })
    resources.add(() => pebble.stop())
    const facade = await startFacade(pebble)
    resources.add(() => facade.stop())
    const database = path.join(folder, "readings.db")
    const serve = (name: string, args: string[]) => {
        const program = new Program({
            name,
            command: process.execPath,
            args: [BIN, "serve", "--db", database, ...args],
            place: { folder, logs: folder, account: undefined },
        })
        resources.add(() => program.kill())
        program.start(clock.environment(true))
        return program
    }
    return {
        folder,
        speed,
        scalesFront,
        clock,
        pebble,
        facade,
        database,
        edgeFolder: path.join(folder, "edge"),
        httpPort,
        httpsPort,
        resources,
        airpin: (args, expected = [0]) => runAirpin(args, { cwd: folder, env: clock.environment(false), expected }),
        serve,
        startApis: count => startApis(serve, count),
    }
}

async function startApis(serve: TrialWorld["serve"], count: number): Promise<string[]> {
    const ports = await freePorts(count)
    for (const [at, port] of ports.entries()) {
        const program = serve(`api-${at + 1}`, ["--http", "--port", `${port}`, "--trust-proxy", "127.0.0.1"])
        await until(program.name, START_LIMIT_MS, () => isLive(port)).catch(cause => {
            throw new Error(`${program.name} does not start:\n${program.lastLines()}`, { cause })
        })
    }
    return ports.map(port => `127.0.0.1:${port}`)
}

function isLive(port: number): Promise<true | undefined> {
    return new Promise((resolve, reject) => {
        const request = http.get({ host: "127.0.0.1", port, path: "/live", agent: false }, response => {
            response.resume()
            resolve(response.statusCode === 200 || undefined)
        })
        request.once("error", reject)
    })
}

/** The handshake that a device would have. */
export const shakeHands = ({ httpsPort }: Pick<TrialWorld, "httpsPort">): Promise<ChipHandshake> =>
    pullAsChip({ host: NAME, port: httpsPort, address: "127.0.0.1" })

/** What the database has of a device: "BOOT SEQ" → CO2, in ppm, and the number of rows. */
export async function storedReadings({ database }: TrialWorld, id: string) {
    const db = await openDatabase(database)
    try {
        const rows = await db.sql
            .selectFrom("readings as r")
            .innerJoin("devices as d", "d.key", "r.device")
            .innerJoin("boots as b", join => join.onRef("b.device", "=", "r.device").onRef("b.boot", "=", "r.boot"))
            .where("d.id", "=", id)
            .select(["b.id as boot", "r.seq", "r.co2Ppm"])
            .execute()
        return { rows: rows.length, byReading: new Map(rows.map(row => [`${row.boot} ${row.seq}`, row.co2Ppm])) }
    } finally {
        await db.close()
    }
}
