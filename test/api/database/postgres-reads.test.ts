import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import pg from "pg"
import { co2Batch, NOW_S, openWorld, type World } from "../support/world.ts"
import { onPostgres } from "./support/kinds.ts"

/** Number of queries that wait for a lock. */
async function waiting(client: pg.Client): Promise<number> {
    const { rows } = await client.query<{ count: number }>(
        "SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
    )
    return rows[0]!.count
}

describe("reads on PostgreSQL", () => {
    let world: World

    beforeEach(async function () {
        if (onPostgres.missing !== undefined) return this.skip()
        world = await openWorld(onPostgres)
    })
    afterEach(() => world?.end())

    it("leave connections for posts, also while 30 of them hang", async () => {
        const [other, watcher] = [new pg.Client(world.file), new pg.Client(world.file)]
        await Promise.all([other.connect(), watcher.connect()])
        // each list of devices waits for this; a post without a status does not read the table
        await other.query("BEGIN; LOCK TABLE starts IN ACCESS EXCLUSIVE MODE")
        // a request is made when its response is waited for
        const lists = Array.from({ length: 30 }, () => world.get("/api/v1/devices").then(response => response))
        while ((await waiting(watcher)) < 6) await sleep(10)
        await sleep(100)
        const startMs = performance.now()
        const { inserted } = await world.store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S)
        assert.equal(inserted, 1)
        assert.ok(performance.now() - startMs < 3000, "it would wait 5 s for a connection")
        await other.query("ROLLBACK")
        await Promise.all([other.end(), watcher.end()])
        for (const list of await Promise.all(lists)) assert.equal(list.statusCode, 200)
    })
})
