import assert from "node:assert/strict"
import { copyFile, stat } from "node:fs/promises"
import path from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { listDevices } from "../../../devs/api/store/devices.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { latestReadings, lowestCo2 } from "../../../devs/api/store/readings.ts"
import { temporaryFolder } from "../../support/airpin.ts"

describe("a database file", () => {
    let folder: string
    before(async () => {
        folder = await temporaryFolder()
    })

    it("has everything once it is closed, also without its log", async () => {
        const [file, copy] = [path.join(folder, "a.db"), path.join(folder, "copy.db")]
        const db = await openDatabase(file)
        await addDevice(db, { id: "kitchen", createdAt: 1_700_000_000 })
        await db.close()
        await copyFile(file, copy)
        const copied = await openDatabase(copy)
        assert.deepEqual(
            (await listDevices(copied.sql)).map(({ id }) => id),
            ["kitchen"],
        )
        await copied.close()
    })

    it("has a log that no commit makes longer", async () => {
        const file = path.join(folder, "log.db")
        const db = await openDatabase(file, { extendLog: true })
        const { size } = await stat(`${file}-wal`)
        for (let at = 0; at < 100; at++) await addDevice(db, { id: `room-${at}`, createdAt: 1_700_000_000 })
        assert.equal((await stat(`${file}-wal`)).size, size)
        await db.close()
    })

    it("is never read from end to end for the list of devices, however many readings it has", async () => {
        const file = path.join(folder, "plans.db")
        const db = await openDatabase(file)
        const texts: string[] = []
        const sql = db.sql.withPlugin({
            transformQuery: ({ node }) => {
                texts.push(db.sql.getExecutor().compileQuery(node, { queryId: "plan" }).sql)
                return node
            },
            transformResult: async ({ result }) => result,
        })
        await latestReadings(sql)
        await lowestCo2(sql, 0)
        await db.close()
        const other = new DatabaseSync(file)
        const plans = texts.map(text =>
            other.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...(text.match(/\?/g) ?? []).map(() => 0)),
        )
        other.close()
        const details = plans.flat().map(({ detail }) => String(detail))
        assert.ok(details.length > 0)
        assert.deepEqual(
            details.filter(detail => /^SCAN (readings|boots|hours)/.test(detail)),
            [],
        )
    })
})
