import { join } from "node:path"
import { buildApp } from "../app.ts"
import { openDatabase } from "../store/open.ts"
import { type ApiDocument, typesOf } from "./document-types.ts"

export const API_TYPES_FILE = join(import.meta.dirname, "api-types.ts")

const HEAD = "// The types of /openapi.json, made by: npm run client. Do not edit.\n\n"

/** The contents that `api-types.ts` should have: the types of this API's document. */
export async function currentTypes(): Promise<string> {
    const db = await openDatabase(":memory:")
    const app = buildApp({ db })
    try {
        const document: ApiDocument = (await app.inject({ url: "/openapi.json" })).json()
        return HEAD + typesOf(document)
    } finally {
        await app.close()
        await db.close()
    }
}
