/**
 * Opens the database named first on the command line, which upgrades it, and prints what became of that. With "kill"
 * as the second word, the process kills itself in the middle.
 */
import { DatabaseSync } from "@photostructure/sqlite"
import { AirpinError } from "../../../certs/error.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"

const [file = "", then] = process.argv.slice(2)

/** Opens and upgrades it; returns how that ended. */
async function upgrade(): Promise<string> {
    try {
        const database = await openDatabase(file, {
            onUpgrade: done => {
                if (then === "kill" && done > 0.7) process.kill(process.pid, "SIGKILL")
            },
        })
        await database.close()
        return "upgraded"
    } catch (error) {
        return error instanceof AirpinError ? error.code : String(error)
    }
}

const outcome = await upgrade()
const database = new DatabaseSync(file)
const version = database.prepare("PRAGMA user_version").get()?.user_version
const count = database.prepare("SELECT count(*) AS count FROM readings").get()?.count
console.log(`${outcome}: version ${version}, ${count} readings`)
