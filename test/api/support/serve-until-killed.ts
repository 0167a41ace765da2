/** Serves the database named on the command line, prints its URL, and runs until it is killed. */
import { buildApp } from "../../../devs/api/app.ts"
import { serve } from "../../../devs/api/server.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { NOW_MS } from "./world.ts"

const app = buildApp({ db: await openDatabase(process.argv[2]!), now: () => NOW_MS })
const { url } = await serve({ app, port: 0 })
process.stdout.write(`${url}\n`)
