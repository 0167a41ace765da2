/** The servers to compare, each in a process of its own with a database of its own. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { addDevice } from "../../api/device-registry.ts"
import type { Database } from "../../api/store/database.ts"
import { openDatabase } from "../../api/store/open.ts"
import type { Resources } from "../../resources.ts"
import { startAirpin, startServerFile } from "./child.ts"
import { startPostgres } from "./postgres.ts"
import type { Contender } from "./rounds.ts"

/** The certificate that all servers present. */
export interface Credentials {
    ca: string
    /** files */
    cert: string
    key: string
}

export async function makeCredentials(folder: string): Promise<Credentials> {
    const { rootPem, server } = await openOrCreateLocalCa(path.join(folder, "ca"))
    const [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")]
    writeFileSync(cert, server.chainPem)
    writeFileSync(key, server.keyPem, { mode: 0o600 })
    return { ca: rootPem, cert, key }
}

export async function startBare(
    resources: Resources,
    folder: string,
    { ca, cert, key }: Credentials,
): Promise<Contender> {
    const server = await startServerFile("bare-server.ts", [path.join(folder, "bare.db"), cert, key])
    resources.add(() => server.stop())
    return { name: "bare server", server, ca, tokens: async count => Array.from({ length: count }, () => "none") }
}

/** `airpin serve` on a SQLite file, which is created if it does not exist. */
export function startOnSqlite(
    resources: Resources,
    file: string,
    credentials: Credentials,
    args: string[] = [],
): Promise<Contender> {
    return startAirpinOn("airpin, SQLite", file, resources, credentials, args)
}

export const ON_POSTGRES = "airpin, PostgreSQL"
export const UNGROUPED = "the same without group commit"

/**
 * `airpin serve` on a PostgreSQL of its own, with and without group commit; empty where PostgreSQL is missing.
 *
 * @param parent folder for its data; that for temporary files if absent
 */
export async function startOnPostgres(
    resources: Resources,
    credentials: Credentials,
    parent?: string,
): Promise<Contender[]> {
    const [grouped, single] = [await startPostgres(parent), await startPostgres(parent)]
    if (grouped === undefined || single === undefined) return []
    resources.add(() => grouped.close())
    resources.add(() => single.close())
    return [
        await startAirpinOn(ON_POSTGRES, grouped.url, resources, credentials),
        await startUngrouped(single.url, resources, credentials),
    ]
}

async function startUngrouped(url: string, resources: Resources, credentials: Credentials): Promise<Contender> {
    const { ca, cert, key } = credentials
    const tokens = await deviceAdder(url, resources)
    const server = await startServerFile("ungrouped-server.ts", [cert, key], { DATABASE_URL: url })
    resources.add(() => server.stop())
    return { name: UNGROUPED, server, ca, tokens }
}

async function startAirpinOn(
    name: string,
    place: string,
    resources: Resources,
    { ca, cert, key }: Credentials,
    more: string[] = [],
): Promise<Contender> {
    const tokens = await deviceAdder(place, resources)
    // a URL may hold a password, which has no place among the arguments of a process
    const [args, env] = place.startsWith("postgres:") ? [[], { DATABASE_URL: place }] : [["--db", place], {}]
    const tls = more.includes("--http") ? [] : ["--cert", cert, "--key", key]
    const server = await startAirpin([...args, ...more, ...tls], env)
    resources.add(() => server.stop())
    return { name, server, ca, tokens }
}

/** Adds new devices to the database. */
async function deviceAdder(place: string, resources: Resources): Promise<Contender["tokens"]> {
    const db = await openDatabase(place)
    resources.add(() => db.close())
    let devices = 0
    return count => addDevices(db, devices, (devices += count))
}

/** @returns the tokens of new devices, the numbers of which are from `first` up to, but without, `end` */
async function addDevices(db: Database, first: number, end: number): Promise<string[]> {
    const createdAt = Math.floor(Date.now() / 1000)
    const tokens: string[] = []
    for (let at = first; at < end; at++) tokens.push((await addDevice(db, { id: `bench-${at}`, createdAt })).token)
    return tokens
}
