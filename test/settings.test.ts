import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { readSettings } from "../devs/settings.ts"
import { temporaryFolder } from "./support/airpin.ts"

describe("the settings", () => {
    it("come from .env.defaults, and .env.local wins", async () => {
        const folder = await temporaryFolder()
        await writeFile(path.join(folder, ".env.defaults"), "# comment\nAPI_URL=\nINTERVAL_S=60\nBATCH=5\n")
        await writeFile(path.join(folder, ".env.local"), 'API_URL="https://air.example"\nBATCH=15\n')
        assert.deepEqual(await readSettings(folder), { API_URL: "https://air.example", INTERVAL_S: "60", BATCH: "15" })
    })

    it("are empty where there are no files", async () => {
        assert.deepEqual(await readSettings(await temporaryFolder()), {})
    })
})
