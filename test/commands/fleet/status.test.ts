import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { addAdmin } from "../../../devs/api/access/admins.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { storePins } from "../../../devs/api/pins/device-pins.ts"
import { readSite, writeSite } from "../../../devs/api/site/site-store.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { stage } from "../../../devs/edge/renewal/staging.ts"
import type { FleetMember } from "../../../devs/fleet/trust/fleet-trust.ts"
import { startLocalApi } from "../../../devs/testbed/local-service.ts"
import { madeUpFleet, pinsOfRoots } from "../../fleet/trust/made-up-fleet.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa, tlsServer } from "../../support/tls-servers.ts"

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
        await fill(db, madeUpFleet(old, next))
    })

    async function fill(place: string, members: FleetMember[]): Promise<void> {
        const opened = await openDatabase(place)
        const site = await readSite(opened.sql)
        for (const { id, name, group, pins } of members) {
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

    describe("over the API of a running server", () => {
        const password = "correct horse battery"
        let chain: string[]
        let atServer: string[]

        before(async () => {
            const authority = await temporaryCa()
            // the same database, in another process
            const api = await startLocalApi({ authority, databaseDirectory: folder, now: Date.now })
            after(() => api.close())
            await addDevice(api.db, { id: "gone", name: "Gone", createdAt: 5 })
            await revokeDevice(api.db, "gone", 6)
            await addAdmin(api.db, "ada", password, 5)
            await writeFile(path.join(folder, "server-ca.pem"), authority.rootPem)
            await writeFile(path.join(folder, "password"), `${password}\n`)
            await writeFile(path.join(folder, "wrong"), "battery horse correct\n")
            chain = ["--chain", path.join(folder, "next.pem"), "--servername", "air.test"]
            atServer = ["--api", api.url, "--ca", path.join(folder, "server-ca.pem"), "--admin", "ada"]
        })

        const remote = (file: string, ...args: string[]) =>
            airpin(["fleet", "status", ...atServer, "--password", path.join(folder, file), ...chain, ...args])

        it("judges as with the server's database", async () => {
            const { code, stdout, stderr } = await remote("password", "--json")
            const local = await status(...chain, "--json")
            assert.deepEqual([code, stderr], [20, ""])
            assert.deepEqual(JSON.parse(stdout), JSON.parse(local.stdout))
            assert.equal(JSON.parse(stdout).devices.length, 20)
        })

        it("leaves out revoked devices, and shows neither password nor cookie", async () => {
            const { code, stdout, stderr } = await remote("password")
            assert.equal(code, 20)
            assert.match(stdout, /^verdict {3}12 of 20 would accept, 7 refuse, 1 unknown$/m)
            assert.doesNotMatch(stdout + stderr, /battery|cookie/i)
        })

        for (const args of [[], ["--json"]])
            it(`says that a password is wrong, and does not show it ${args}`, async () => {
                const { code, stdout, stderr } = await remote("wrong", ...args)
                assert.equal(code, 1)
                assert.match(stdout + stderr, /PASSWORD_WRONG/)
                assert.doesNotMatch(stdout + stderr, /battery/)
            })
    })

    describe("with the chain that a server presents", () => {
        const presented = async ({ server }: LocalCa, place: string) => {
            const { port } = await tlsServer({ key: server.keyPem, cert: server.chainPem })
            return airpin(["fleet", "status", `127.0.0.1:${port}`, "--servername", "air.test", "--db", place])
        }

        it("ends with 20 when a device would refuse it", async () => {
            const { code, stdout, stderr } = await presented(next, db)
            assert.deepEqual([code, stderr], [20, ""])
            assert.match(stdout, /^verdict {3}12 of 20 would accept, 7 refuse, 1 unknown$/m)
            assert.match(stdout, /127\.0\.0\.1:\d+ at 127\.0\.0\.1/)
        })

        it("ends with 0 when all accept it, and with 10 when it is not known of one", async () => {
            const place = path.join(folder, "accepting.db")
            const members = madeUpFleet(old, next)
            await fill(place, members.slice(7, 13))
            const all = await presented(next, place)
            assert.deepEqual([all.code, all.stderr], [0, ""])
            assert.match(all.stdout, /^verdict {3}6 of 6 would accept/m)
            await fill(place, members.slice(19))
            const { code, stdout } = await presented(next, place)
            assert.equal(code, 10)
            assert.match(stdout, /^unknown {3}Room 20 /m)
        })
    })

    it("asks for a chain where none is known", async () => {
        const none = await status("--folder", path.join(folder, "nowhere"))
        assert.match(none.stderr, /no chain given, and .*nowhere has none \[HOST_MISSING\]/)
        assert.equal(none.code, 2)
    })
})
