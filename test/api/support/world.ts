import path from "node:path"
import type { FastifyInstance, FastifyRequest, LightMyRequestResponse } from "fastify"
import { type AppOptions, buildApp } from "../../../devs/api/app.ts"
import { declaredErrors } from "../../../devs/api/contract/route-errors.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import type { Database } from "../../../devs/api/store/database.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { type QuantityValues, quantityNames, type TimedBatch } from "../../../devs/api/store/records.ts"
import { type DatabaseKind, usualKind } from "../database/support/kinds.ts"
import { type Stored, storedIn } from "./stored.ts"

/** 2025-01-15T12:00:00.5Z: nothing may depend on whole seconds. */
export const NOW_MS = 1_736_942_400_500
export const NOW_S = 1_736_942_400
export const NOW_DATE = "Wed, 15 Jan 2025 12:00:00 GMT"

/** A database of its own, an app on a clock that stands still, and one device. */
export interface World {
    /** what `openDatabase` opens */
    file: string
    /** the folder of the file on SQLite */
    directory: string
    db: Database
    store: Stored
    clock: { ms: number }
    app: FastifyInstance
    /** bearer token of the device "kitchen" */
    token: string
    post(body: object | string, token?: string): Promise<LightMyRequestResponse>
    get(url: string): Promise<LightMyRequestResponse>
    end(): Promise<void>
}

/**
 * @param options of the app; everyone may read unless they say otherwise, without threads: to start one for each world
 * took three quarters of the time of these tests. contract/document.test.ts reads every route on a thread.
 */
export async function openWorld(kind: DatabaseKind = usualKind, options: Partial<AppOptions> = {}): Promise<World> {
    const { place: file, release } = await kind.take()
    const directory = path.dirname(file)
    const db = await openDatabase(file)
    const store = storedIn(db)
    const clock = { ms: NOW_MS }
    const monotonicS = () => clock.ms / 1000
    const app = buildApp({ db, now: () => clock.ms, monotonicS, public: true, readThreads: false, ...options })
    app.addHook("onSend", refuseUndeclared)
    const { token } = await addDevice(db, { id: "kitchen", name: "Kitchen", createdAt: NOW_S - 86_400 })
    const post: World["post"] = (body, bearer = token) =>
        app.inject({ method: "POST", url: "/api/v1/readings", headers: postHeaders(bearer), payload: body })
    const end = async (): Promise<void> => {
        await app.close()
        await db.close()
        await release()
    }
    return { directory, file, db, store, clock, app, token, post, get: url => app.inject({ url }), end }
}

/** Whatever a test asks, an error that the OpenAPI document does not have for the route becomes a 500. */
async function refuseUndeclared({ failure, routeOptions }: FastifyRequest): Promise<void> {
    const { url, config } = routeOptions
    if (failure === null || url === undefined) return
    if (!declaredErrors(config).includes(failure.code)) throw new Error(`${url} does not declare ${failure.code}`)
}

export function postHeaders(token: string): Record<string, string> {
    return { authorization: `Bearer ${token}`, "content-type": "application/json" }
}

/** Values, with null for each that is not given. */
export function values(some: Partial<QuantityValues>): QuantityValues {
    return { ...(Object.fromEntries(quantityNames.map(name => [name, null])) as QuantityValues), ...some }
}

/** Losses of a device that lost nothing, or only for lack of memory. */
export const noOtherLosses = { rejected: 0, undated: 0, damaged: 0, gap: 0, timeUncertaintyS: 0 }

/** A batch for the store: one reading per CO2 value, a minute apart, from the time given. */
export function co2Batch(seq: number, time: number, co2Ppm: number[], more: Partial<TimedBatch> = {}): TimedBatch {
    return { boot: "b1", seq, time, step: 60, lost: 0, values: co2Ppm.map(value => values({ co2Ppm: value })), ...more }
}
