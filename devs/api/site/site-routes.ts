/** The site on the page; `airpin site` does the same. */
import type { FastifyInstance } from "fastify"
import { storeErrors } from "../contract/route-errors.ts"
import { responses } from "../schemas.ts"
import type { Database } from "../store/database.ts"
import { checkedDocument, siteSchema } from "./document-schema.ts"
import type { Site } from "./site.ts"
import { readSite, writeSite } from "./site-store.ts"

const readSchema = {
    summary: "The school: its name, limits of CO2, lessons, holidays and rooms",
    response: responses("the rooms of those devices that the reader may see", siteSchema),
}

const writeSchema = {
    summary: "Change the site",
    description:
        "`revision` is that of the document that was read; otherwise a change of another would be lost. Changed limits become desired settings of the devices concerned.",
    body: siteSchema,
    response: responses("as stored, with its new revision", siteSchema),
}

/** `GET` and `PUT /api/v1/site`. */
export function siteRoutes(app: FastifyInstance, db: Database): void {
    app.get(
        "/api/v1/site",
        { schema: readSchema, config: { access: "list", errors: storeErrors } },
        async ({ reader }) => shownTo(reader?.device ?? null, await readSite(db.sql)),
    )
    app.put(
        "/api/v1/site",
        {
            schema: writeSchema,
            // checkedDocument does it, and names the field
            validatorCompiler: () => () => true,
            config: {
                access: "admin",
                errors: [
                    ...storeErrors,
                    "STORE_NOT_DURABLE",
                    "CROSS_SITE",
                    "BODY_MALFORMED",
                    "MEDIA_TYPE_UNSUPPORTED",
                    "BODY_TOO_LARGE",
                    "SITE_DOCUMENT_INVALID",
                    "SITE_CHANGED",
                    "SETTINGS_TOO_LONG",
                ],
            },
        },
        async ({ body, nowMs }) => {
            const { site } = await writeSite(db, checkedDocument(body), Math.floor(nowMs / 1000))
            return site
        },
    )
}

/** A link for one room shows no other. */
function shownTo(device: string | null, site: Site): Site {
    if (device === null) return site
    return { ...site, rooms: Object.fromEntries(Object.entries(site.rooms).filter(([id]) => id === device)) }
}
