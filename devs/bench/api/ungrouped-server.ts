/**
 * The API on PostgreSQL without group commit, each post in a transaction of its own: what group commit is compared with.
 *
 *     DATABASE_URL=… node --import tsx devs/bench/api/ungrouped-server.ts CERT KEY
 */
import { readFileSync } from "node:fs"
import { buildApp } from "../../api/app.ts"
import { serve } from "../../api/server.ts"
import type { Database } from "../../api/store/database.ts"
import { openDatabase } from "../../api/store/open.ts"

/** As many as there are connections to PostgreSQL. */
const AT_ONCE = 10

const [cert = "", key = ""] = process.argv.slice(2)
const db = await openDatabase(process.env.DATABASE_URL ?? "")
const ungrouped: Database = {
    kind: db.kind,
    place: db.place,
    sql: db.sql,
    groups: { maxPosts: 1, atOnce: AT_ONCE },
    transaction: work => db.transaction(work),
    append: posts => db.append(posts),
    check: () => db.check(),
    close: () => db.close(),
}
const tls = { certPem: readFileSync(cert, "utf8"), keyPem: readFileSync(key, "utf8") }
const { port } = await serve({ app: buildApp({ db: ungrouped }), port: 0, ...tls })
console.log(`https://localhost:${port}`)
