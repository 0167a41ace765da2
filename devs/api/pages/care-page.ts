import type { FastifyInstance } from "fastify"
import { storeErrors } from "../contract/route-errors.ts"
import { readSite } from "../site/site-store.ts"
import type { Database } from "../store/database.ts"
import { addPage } from "./page-routes.ts"

/** `/care`: the devices for the person who looks after them. */
export function carePage(app: FastifyInstance, db: Database): void {
    addPage(app, {
        path: "/care",
        access: "admin",
        errors: storeErrors,
        content: async () => {
            const { name, timeZone } = await readSite(db.sql)
            return { area: "care", schoolName: name, state: { timeZone }, view: () => ({}) }
        },
    })
}
