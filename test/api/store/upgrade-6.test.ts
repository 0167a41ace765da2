import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import pg from "pg"
import { sha256Of } from "../../../certs/sha256.ts"
import { devicePinsOf, storePins } from "../../../devs/api/pins/device-pins.ts"
import { readSite } from "../../../devs/api/site/site-store.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { embedded, sharedServer } from "../database/support/postgres-server.ts"
import { storedIn } from "../support/stored.ts"
import { co2Batch, NOW_S } from "../support/world.ts"

const fixture = (name: string) => readFile(new URL(`../../fixtures/api/${name}`, import.meta.url), "utf8")

/** Makes a database of version 6; returns its place. */
const makers = {
    SQLite: async () => {
        const file = path.join(await temporaryFolder(), "former.db")
        const database = new DatabaseSync(file)
        database.exec(await fixture("database-v6.sql"))
        database.close()
        return file
    },
    PostgreSQL: async () => {
        const server = await sharedServer(embedded.bin ?? "")
        const url = await server.createDatabase()
        await server.query(await fixture("database-v6-postgres.sql"), new URL(url).pathname.slice(1))
        return url
    },
}

for (const [kind, make] of Object.entries(makers))
    describe(`the upgrade of a database of version 6, on ${kind}`, () => {
        let place: string
        before(async function () {
            if (kind === "PostgreSQL" && embedded.bin === undefined) return this.skip()
            place = await make()
        })

        it("keeps devices, readings, settings and links, and lets the devices post on", async () => {
            const db = await openDatabase(place)
            try {
                const devices = await db.sql.selectFrom("devices").select(["id", "name", "revokedAt"]).execute()
                assert.deepEqual(devices.map(Object.values).sort(), [
                    ["attic", "Attic, upstairs", NOW_S],
                    ["cellar", "Cellar", null],
                    ["kitchen", "Kitchen", null],
                ])
                const link = await db.sql.selectFrom("links").select(["name", "device"]).execute()
                assert.deepEqual(link, [{ name: "Class 3b", device: 1 }])
                const { readings } = await storedIn(db).readings("kitchen", { from: 0, to: NOW_S }, 10)
                assert.deepEqual(
                    readings.map(({ seq, co2Ppm, temperatureC }) => [seq, co2Ppm, temperatureC]),
                    [1, 2, 3].map(seq => [seq, 599 + seq, 21.37]),
                )
                assert.deepEqual((await storedIn(db).deviceState("kitchen"))?.settings?.desired, { INTERVAL_S: 30 })
                const batch = { ...co2Batch(3, NOW_S, [602, 700]), boot: "6-00000001" }
                const tokenSha256 = sha256Of("token of kitchen")
                const post = { device: "kitchen", tokenSha256, batch, seenAt: NOW_S + 60, bytes: 100 }
                const [result] = await db.append([post])
                assert.equal(Object(result).inserted, 1)
                assert.equal(Object(result).repeated, 1)
            } finally {
                await db.close()
            }
        })

        it("has room for pins, and is of version 8 for whoever opens it next", async () => {
            const bundle = Buffer.of(1, 2, 3)
            const pins = { imageFile: "a", imageSha256: "00", board: "b", hosts: [], anchors: [], bundle }
            const db = await openDatabase(place)
            await storePins(db, "cellar", pins, NOW_S)
            await db.close()
            const again = await openDatabase(place)
            const found = await devicePinsOf(again)
            await again.close()
            assert.deepEqual(found, [
                { id: "cellar", name: "Cellar", bundle },
                { id: "kitchen", name: "Kitchen" },
            ])
            assert.equal(await versionOf(place), "8")
        })

        it("gets the table of the site when it was of version 7 in between", async () => {
            await run(place, "DROP TABLE site", ...setVersion(place, 7))
            const db = await openDatabase(place)
            try {
                assert.equal((await readSite(db.sql)).revision, 0)
                assert.equal((await devicePinsOf(db)).length, 2)
            } finally {
                await db.close()
            }
            assert.equal(await versionOf(place), "8")
        })
    })

const setVersion = (place: string, version: number) =>
    place.startsWith("/")
        ? [`PRAGMA user_version = ${version}`]
        : [`UPDATE state SET value = '${version}' WHERE name = 'schemaVersion'`]

async function run(place: string, ...statements: string[]): Promise<void> {
    if (place.startsWith("/")) {
        const database = new DatabaseSync(place)
        for (const statement of statements) database.exec(statement)
        database.close()
        return
    }
    const client = new pg.Client(place)
    await client.connect()
    for (const statement of statements) await client.query(statement)
    await client.end()
}

async function versionOf(place: string): Promise<string> {
    if (place.startsWith("/")) {
        const database = new DatabaseSync(place)
        const version = database.prepare("PRAGMA user_version").get()?.user_version
        database.close()
        return String(version)
    }
    const client = new pg.Client(place)
    await client.connect()
    const { rows } = await client.query("SELECT value FROM state WHERE name = 'schemaVersion'")
    await client.end()
    return rows[0].value
}
