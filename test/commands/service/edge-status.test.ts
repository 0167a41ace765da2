import assert from "node:assert/strict"
import path from "node:path"
import { readEdgeStatus } from "../../../devs/api/pins/edge-state.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { partsOf } from "../../../devs/commands/edge/round-parts.ts"
import { Terminal } from "../../../devs/display/terminal.ts"
import { edgeStatus } from "../../api/pins/edge-samples.ts"
import { temporaryFolder } from "../../support/airpin.ts"

describe("a round of airpin renew", () => {
    it("leaves its status in the database, where the service reads it", async () => {
        const folder = await temporaryFolder()
        const database = path.join(folder, "readings.db")
        await (await openDatabase(database)).close()
        const settings = {
            names: ["air.example.org"],
            sources: [],
            keyTypes: ["P-256" as const],
            target: { kind: "hook" as const, command: ["true"] },
            handshake: { host: "127.0.0.1", port: 443 },
        }
        const { report } = partsOf(settings, { folder, database, manifests: undefined }, new Terminal())
        await report(edgeStatus())
        const db = await openDatabase(database)
        assert.deepEqual(await readEdgeStatus(db.sql), edgeStatus())
        await db.close()
    })
})
