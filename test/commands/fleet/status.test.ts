import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { storePins } from "../../../devs/api/pins/device-pins.ts"
import { readSite, writeSite } from "../../../devs/api/site/site-store.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { stage } from "../../../devs/edge/renewal/staging.ts"
import { madeUpFleet, pinsOfRoots } from "../../fleet/trust/made-up-fleet.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

describe("airpin fleet status", function () {
    this.timeout(30_000)
    let folder: string
    let db: string
    let old: LocalCa
    let next: LocalCa

    before(async () => {
        folder = await temporaryFolder()
        db = path.join(folder, "readings.db")
        old = await temporaryCa({ rootName: "Old root", serverNames: ["air.test"] })
        next = await temporaryCa({ rootName: "New root", serverNames: ["air.test"] })
        await writeFile(path.join(folder, "next.pem"), next.server.chainPem)
        await fill(db)
    })

    async function fill(place: string): Promise<void> {
        const opened = await openDatabase(place)
        const site = await readSite(opened.sql)
        for (const { id, name, group, pins } of madeUpFleet(old, next)) {
            await addDevice(opened, { id, name, createdAt: 5 })
            if (pins) await storePins(opened, id, { ...pinsOfRoots([old]), ...pins }, 5)
            if (group !== null) site.rooms[id] = { group }
        }
        await writeSite(opened, site, 5)
        await opened.close()
    }

    const status = (...args: string[]) => airpin(["fleet", "status", "--db", db, ...args])

    it("shows who would refuse a chain of a file, and the walk, and writes the list", async () => {
        const csv = path.join(folder, "visits.csv")
        const chain = ["--chain", path.join(folder, "next.pem"), "--servername", "air.test", "--csv", csv]
        const { code, stdout, stderr } = await status(...chain)
        assert.deepEqual([code, stderr], [20, ""])
        assert.match(
            stdout,
            /^refuses {3}Room 2 +West \/ Floor 1 +Old root until 2028-06-01 +M5Stack +not known +never$/m,
        )
        assert.match(stdout, /^unknown {3}Room 20 +West \/ Floor 2 +not known/m)
        assert.match(stdout, /^accepts {3}Room 8 .* Old root until 20.{8}, New root until 20/m)
        assert.match(stdout, /^why {7}Room 2, Room 4, Room 7, Room 6, Room 1, Room 3, Room 5: refused: /m)
        assert.match(stdout, /^verdict {3}12 of 20 would accept, 7 refuse, 1 unknown$/m)
        assert.match(stdout, /^walk {6}West \/ Floor 1, first end 2028-06-01: 1 Room 2, 2 Room 4$/m)
        assert.equal((await readFile(csv, "utf8")).trim().split("\r\n").length, 21)
    })

    it("judges what airpin renew has and is coming, for programs", async () => {
        const edge = path.join(folder, "edge")
        const { chainPem: pem, keyPem } = next.server
        const chains = [{ pem, label: "default (New root)" }]
        await stage(edge, { chains, keyPem, keyType: "P-256", source: "acme.test", orderedAtMs: 5 })
        const settings = {
            names: ["air.test"],
            sources: [{ kind: "acme", directory: "https://acme.test/directory", challenge: { kind: "listen" } }],
            target: { kind: "hook", command: ["true"] },
        }
        await writeFile(path.join(edge, "edge.json"), JSON.stringify(settings))
        const { code, stdout, stderr } = await status("--folder", edge, "--json")
        assert.deepEqual([code, stderr], [20, ""])
        const result = JSON.parse(stdout)
        assert.equal(result.chains[0].label, "coming, acme.test, default (New root)")
        assert.deepEqual(result.walk[0], {
            ...{ building: "West", floor: "Floor 1" },
            ...{ endsAt: "2028-06-01T00:00:00.000Z", devices: ["room-2", "room-4"] },
        })
        assert.deepEqual(
            [result.devices[7].id, result.devices[7].stand, result.devices[7].anchors],
            ["room-20", "unknown", null],
        )
    })

    it("asks for a chain where none is known", async () => {
        const none = await status("--folder", path.join(folder, "nowhere"))
        assert.match(none.stderr, /no chain given, and .*nowhere has none \[HOST_MISSING\]/)
        assert.equal(none.code, 2)
    })
})
