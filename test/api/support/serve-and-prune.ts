/**
 * Serves the database named on the command line by HTTP and sends its URL to the parent process. At the first message
 * it prunes, and sends what it deleted and how long that took.
 */
import { buildApp } from "../../../devs/api/app.ts"
import { expiries } from "../../../devs/api/retention/expiries.ts"
import { DEFAULT_RETENTION } from "../../../devs/api/retention/policy.ts"
import { prune } from "../../../devs/api/retention/prune.ts"
import { serve } from "../../../devs/api/server.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"

const db = await openDatabase(process.argv[2]!)
const { url } = await serve({ app: buildApp({ db }), port: 0 })

process.once("message", async () => {
    const startMs = performance.now()
    let steps = 0
    const expired = await expiries(db, DEFAULT_RETENTION, Math.floor(Date.now() / 1000))
    const pruned = await prune(db, expired, { onStep: () => steps++ })
    const rows = pruned.reduce((sum, { rows }) => sum + rows, 0)
    process.send?.({ rows, steps, tookMs: performance.now() - startMs })
})
process.send?.({ url })
