/** The routes for those who run the server, and what they show of its database. */
import path from "node:path"
import type { FastifyInstance } from "fastify"
import { sql } from "kysely"
import type { ClockCheck } from "../clock-check.ts"
import type { Reads } from "../reads/reads.ts"
import type { Database } from "../store/database.ts"
import { fileSize, measureDatabase } from "./database-metrics.ts"
import { healthRoutes } from "./health-routes.ts"
import { metricsRoute } from "./metrics-route.ts"
import { Readiness } from "./readiness.ts"

export interface OperationOptions {
    db: Database
    reads: Reads
    clock: ClockCheck
    /** ms since 1970 */
    now(): number
    minFreeBytes: number | undefined
}

export function operationRoutes(app: FastifyInstance, options: OperationOptions): void {
    const { db, reads, clock, now, minFreeBytes } = options
    const file = db.kind === "sqlite" && db.place !== ":memory:" ? path.resolve(db.place) : undefined
    const folder = file && path.dirname(file)
    const readiness = new Readiness({ clock, checkDatabase: () => db.check(), folder, minFreeBytes })
    healthRoutes(app, readiness)
    const isReady = async () => ((await readiness.failure(now())) === undefined ? 1 : 0)
    app.metrics.gauge("airpin_ready", "1 if a batch could be stored now; /ready says why it could not", isReady)
    const nowS = () => Math.floor(now() / 1000)
    measureDatabase(app.metrics, {
        devices: () => reads.run("devices", { nowS: nowS() }),
        size: () => (db.kind === "postgres" ? postgresSize(db) : fileSize(db.place)),
        folder,
        nowS,
    })
    metricsRoute(app)
}

/** Bytes, with indexes (PostgreSQL manual, 9.27.7). */
async function postgresSize(db: Database): Promise<number> {
    const { rows } = await sql<{ bytes: string }>`SELECT pg_database_size(current_database()) AS bytes`.execute(db.sql)
    return Number(rows[0]?.bytes)
}
