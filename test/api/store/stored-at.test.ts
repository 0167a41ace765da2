import assert from "node:assert/strict"
import path from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { readStoredAt, StoredAt } from "../../../devs/api/store/stored-at.ts"
import { temporaryFolder } from "../../support/airpin.ts"

describe("the time of the last batch in the database", () => {
    it("is written with the next batch when it could not be written before", async () => {
        const file = path.join(await temporaryFolder(), "readings.db")
        const db = await openDatabase(file)
        const storedAt = new StoredAt(db)
        const other = new DatabaseSync(file)
        other.exec("BEGIN IMMEDIATE")
        await assert.rejects(storedAt.save(1_000_000), { code: "STORE_BUSY" })
        other.exec("ROLLBACK")
        other.close()
        await storedAt.save(1_000_001)
        assert.equal(await readStoredAt(db), 1_000_001)
        await storedAt.save(1_000_002)
        assert.equal(await readStoredAt(db), 1_000_001)
        await db.close()
    })
})
