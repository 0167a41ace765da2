import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { lowestCo2, meanReadings } from "../../devs/api/store/readings.ts"
import { planOf } from "./support/query-plan.ts"
import { openStored } from "./support/stored.ts"
import { NOW_S, openWorld, type World } from "./support/world.ts"

const HOUR_S = 3600

describe("sums over hours on SQLite", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    it("are read instead of a year of readings: the plan has no scan", async () => {
        const range = { from: NOW_S - 365 * 86_400, to: NOW_S }
        for (const plan of await planOf(world.file, sql => meanReadings(sql, "kitchen", range, 6 * HOUR_S)))
            assert.doesNotMatch(plan, /SCAN (days|hours|fiveMinutes|readings)/)
        const plans = await planOf(world.file, sql => lowestCo2(sql, NOW_S, "kitchen"))
        assert.match(plans.join(), /SEARCH hours USING PRIMARY KEY \(device=\? AND time>/)
    })

    it("give the lowest CO2 of a database of version 3", async () => {
        const file = join(world.directory, "v3.db")
        const database = new DatabaseSync(file)
        database.exec(await readFile(join(import.meta.dirname, "../fixtures/api/database-v3.sql"), "utf8"))
        database.close()
        const opened = await openStored(file)
        assert.deepEqual(await opened.lowestCo2("kitchen", NOW_S - 86_400), { ppm: 700, at: NOW_S, hours: 1 })
        await opened.close()
    })
})
