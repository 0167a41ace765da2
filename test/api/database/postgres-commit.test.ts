import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { sql as text } from "kysely"
import pg from "pg"
import { addDevice } from "../../../devs/api/device-registry.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { openPostgres } from "../../../devs/api/store/postgres/postgres-database.ts"
import { co2Batch, NOW_S } from "../support/world.ts"
import { type PostgresServer, releases, startPostgres } from "./support/postgres-server.ts"

/** What a promise came to: "resolved", or the code of its error. */
const outcome = (promise: Promise<unknown>) =>
    promise.then(
        () => "resolved",
        (error: { code?: string }) => error.code ?? String(error),
    )

const write = (database: Database, name: string) =>
    database.transaction(sql => sql.insertInto("state").values({ name, value: "1" }).execute())

/** A TCP proxy to a local port, whose connections hang on demand. */
async function openProxy(target: number) {
    const connections: { client: Socket; server: Socket }[] = []
    const proxy = createServer(client => {
        const server = connect(target, "127.0.0.1")
        connections.push({ client, server })
        for (const socket of [client, server]) socket.on("error", () => {})
        client.pipe(server).pipe(client)
    })
    proxy.listen(0, "127.0.0.1")
    await once(proxy, "listening")
    const hanging: Socket[] = []
    return {
        port: (proxy.address() as AddressInfo).port,
        /** From now on the connections that are open take what the client sends, and nothing comes back. */
        hang() {
            for (const { client, server } of connections.splice(0)) {
                client.unpipe(server)
                server.unpipe(client)
                hanging.push(client.resume())
            }
        },
        /** Ends the first hanging connection on which the client sends something. */
        async cutWhereAsked() {
            await Promise.race(hanging.map(socket => once(socket, "data").then(() => socket.resetAndDestroy())))
        },
        close() {
            for (const { client, server } of connections) for (const socket of [client, server]) socket.destroy()
            for (const socket of hanging) socket.destroy()
            proxy.close()
        },
    }
}

for (const { name, bin } of releases)
    describe(`commits on ${name}`, () => {
        let server: PostgresServer
        let url: string
        let database: Database

        before(async function () {
            if (bin === undefined) return this.skip()
            server = await startPostgres(bin)
            url = await server.createDatabase()
            database = await openPostgres(url)
        })
        after(async () => {
            await database?.close()
            await server?.stop()
        })

        /** Runs `work` while commits wait for a synchronous replica that does not exist. */
        async function withoutReplica(work: () => Promise<void>): Promise<void> {
            await replicaIs("'absent'")
            try {
                await work()
            } finally {
                await replicaIs("''")
            }
        }

        async function replicaIs(names: string): Promise<void> {
            await server.query(`ALTER SYSTEM SET synchronous_standby_names = ${names}`)
            await server.query("SELECT pg_reload_conf()")
            const shown = async () =>
                (await server.query("SHOW synchronous_standby_names"))[0]!["synchronous_standby_names"]
            while ((await shown()) !== names.replaceAll("'", "")) await sleep(5)
        }

        /** Waits until a connection waits for a replica, and calls a function of PostgreSQL with its process id. */
        async function onWaiting(call?: "pg_cancel_backend" | "pg_terminate_backend"): Promise<void> {
            for (;;) {
                const rows = await server.query(
                    `SELECT ${call ?? ""}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname <> 'postgres'`,
                )
                if (rows.length > 0) return
                await sleep(5)
            }
        }

        const stored = async (row: string) =>
            (await server.query(`SELECT 1 FROM state WHERE name = '${row}'`, new URL(url).pathname.slice(1))).length

        it("whose wait for a synchronous replica is cancelled resolve in pg, and reject here", () =>
            withoutReplica(async () => {
                const client = new pg.Client(url)
                await client.connect()
                await client.query("BEGIN")
                await client.query("INSERT INTO state (name, value) VALUES ('raw', '1')")
                const notice = once(client, "notice")
                const raw = outcome(client.query("COMMIT"))
                await onWaiting("pg_cancel_backend")
                assert.equal(await raw, "resolved")
                assert.equal((await notice)[0].code, "01000")
                await client.end()

                const here = outcome(write(database, "cancelled"))
                await onWaiting("pg_cancel_backend")
                assert.equal(await here, "STORE_NOT_DURABLE")
                assert.equal(await stored("cancelled"), 1, "PostgreSQL has committed it on the primary")
            }))

        it("of single statements reject then too", () =>
            withoutReplica(async () => {
                const single = outcome(
                    database.sql.insertInto("state").values({ name: "single", value: "1" }).execute(),
                )
                await onWaiting("pg_cancel_backend")
                assert.equal(await single, "STORE_NOT_DURABLE")
            }))

        it("reject then although the server is set to send no warnings", async () => {
            const send = async (level: string) => {
                await server.query(`ALTER SYSTEM SET client_min_messages = ${level}`)
                await server.query("SELECT pg_reload_conf()")
            }
            await send("error")
            try {
                const silent = await openPostgres(url)
                await withoutReplica(async () => {
                    const here = outcome(write(silent, "silent"))
                    await onWaiting("pg_cancel_backend")
                    assert.equal(await here, "STORE_NOT_DURABLE")
                })
                await silent.close()
            } finally {
                await send("DEFAULT")
            }
        })

        it("whose connection is ended while they wait reject", () =>
            withoutReplica(async () => {
                const here = outcome(write(database, "ended"))
                await onWaiting("pg_terminate_backend")
                assert.equal(await here, "STORE_UNREACHABLE")
            }))

        it("of a batch are not acknowledged then, and its repetition waits for the replica too", async () => {
            await addDevice(database, { id: "kitchen", createdAt: NOW_S })
            const posts = [{ device: "kitchen", batch: co2Batch(1, NOW_S, [700, 710]), seenAt: NOW_S, bytes: 100 }]
            await database.append([{ ...posts[0]!, batch: co2Batch(1, NOW_S, [1], { boot: "b0" }) }])
            let repeated: Promise<unknown> = Promise.resolve()
            let isAcknowledged = false
            await withoutReplica(async () => {
                const first = outcome(database.append(posts))
                await onWaiting("pg_cancel_backend")
                assert.equal(await first, "STORE_NOT_DURABLE")
                repeated = database.append(posts).finally(() => (isAcknowledged = true))
                await onWaiting()
                await sleep(100)
                assert.equal(isAcknowledged, false)
            })
            assert.deepEqual(await repeated, [{ ack: 2, inserted: 0, repeated: 2 }])
        })

        it("of a group of which one statement fails store nothing of it, and the connection is used again", async () => {
            const good = { device: "kitchen", batch: co2Batch(9, NOW_S, [800]), seenAt: NOW_S, bytes: 100 }
            await addDevice(database, { id: "attic", createdAt: NOW_S })
            const bad = { ...good, device: "attic", bytes: Number.NaN }
            assert.equal(await outcome(database.append([good, bad])), "STORE_FAILED")
            assert.deepEqual(await database.append([good]), [{ ack: 9, inserted: 1, repeated: 0 }])
        })

        it("make the partition again that another process has deleted", async () => {
            await server.query("DROP TABLE readings_2025_01", new URL(url).pathname.slice(1))
            const post = { device: "kitchen", batch: co2Batch(10, NOW_S, [800]), seenAt: NOW_S, bytes: 100 }
            assert.deepEqual(await database.append([post]), [{ ack: 10, inserted: 1, repeated: 0 }])
        })

        it("resolve again once there is a replica to wait for, or none is asked for", async () => {
            assert.equal(await outcome(write(database, "later")), "resolved")
            assert.equal(await stored("later"), 1)
        })

        it("of a transaction in which a statement failed reject, even if its error was caught", async () => {
            const caught = database.transaction(async sql => {
                await sql.insertInto("state").values({ name: "half", value: "1" }).execute()
                const again = sql.insertInto("state").values({ name: "half", value: "2" }).execute()
                assert.equal(await outcome(again), "STORE_FAILED")
            })
            assert.equal(await outcome(caught), "STORE_NOT_DURABLE")
            assert.equal(await stored("half"), 0)
        })

        it("run again after a deadlock, and both transactions are stored", async () => {
            for (const row of ["a", "b"]) await write(database, row)
            let attempts = 0
            let bothLocked = () => {}
            const both = new Promise<void>(resolve => (bothLocked = resolve))
            const lock = (first: string, second: string) =>
                database.transaction(async sql => {
                    const add = (row: string) =>
                        sql.updateTable("state").set({ value: text`value || '+'` }).where("name", "=", row).execute()
                    await add(first)
                    if (++attempts === 2) bothLocked()
                    await both
                    await add(second)
                })
            await Promise.all([lock("a", "b"), lock("b", "a")])
            const rows = await database.sql
                .selectFrom("state")
                .select("value")
                .where("name", "in", ["a", "b"])
                .execute()
            assert.deepEqual(rows, [{ value: "1++" }, { value: "1++" }])
            assert.equal(attempts, 3)
        })

        it("go on over new connections after the server ended all of them", async () => {
            await Promise.all(["c", "d", "e"].map(row => write(database, row)))
            const all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'airpin'"
            assert.ok((await server.query(all)).length >= 3)
            await sleep(20)
            assert.equal(await outcome(write(database, "f")), "resolved")
        })

        it("leave alone the other connections to a server that did not answer on one", async () => {
            const proxy = await openProxy(server.port)
            const through = await openPostgres(url.replace(/:\d+\//, `:${proxy.port}/`))
            await Promise.all(["h", "i", "j"].map(row => write(through, row)))
            proxy.hang()
            const lost = outcome(write(through, "k"))
            await proxy.cutWhereAsked()
            assert.equal(await lost, "STORE_UNREACHABLE")
            assert.equal(await outcome(write(through, "l")), "resolved")
            proxy.close()
            await through.close()
        })

        it("reject when the connection ends within the transaction, and the process goes on", async () => {
            const ended = database.transaction(async sql => {
                await sql.insertInto("state").values({ name: "g", value: "1" }).execute()
                await server.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'airpin'",
                )
                await sleep(20)
            })
            assert.equal(await outcome(ended), "STORE_UNREACHABLE")
            assert.equal(await stored("g"), 0)
        })

        it("are STORE_BUSY while another transaction holds the row", async () => {
            const client = new pg.Client(url)
            await client.connect()
            await client.query("BEGIN; UPDATE state SET value = '9' WHERE name = 'a'")
            const blocked = database.transaction(async sql => {
                await text`SET LOCAL lock_timeout = 20`.execute(sql)
                await sql.updateTable("state").set({ value: "8" }).where("name", "=", "a").execute()
            })
            assert.equal(await outcome(blocked), "STORE_BUSY")
            await client.end()
        })
    })
