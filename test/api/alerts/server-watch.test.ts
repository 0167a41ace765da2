import assert from "node:assert/strict"
import { statfsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { writeLock } from "../../../certs/lock.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { type ServerSources, ServerWatch } from "../../../devs/api/alerts/server-watch.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

describe("what alerts know about the server", () => {
    let folder: string
    let clockMs: number

    beforeEach(async () => {
        folder = await temporaryFolder()
        clockMs = 0
    })

    function watch(more: Partial<ServerSources>): ServerWatch {
        const none = { clockDoubt: () => undefined, certificatePem: () => undefined, diskFolder: undefined }
        return new ServerWatch({ ...none, pinsFolder: path.join(folder, "pinned"), ...more }, () => clockMs)
    }

    it("is the end of the certificate that it presents now", async () => {
        const ca = await temporaryCa()
        const issue = async (day: string) =>
            (await ca.issue({ names: ["air.test"], notAfter: new Date(`${day}T00:00:00Z`) })).chainPem
        let pem = await issue("2035-03-01")
        const server = watch({ certificatePem: () => pem })
        const ends = async () => (await server.look()).certificate
        assert.deepEqual(await ends(), { subject: "air.test", endsAt: Date.parse("2035-03-01") / 1000 })
        pem = await issue("2035-06-01")
        assert.deepEqual(await ends(), { subject: "air.test", endsAt: Date.parse("2035-06-01") / 1000 })
    })

    it("is the end of each pin, read every ten minutes; none where nothing is pinned", async () => {
        const ca = await temporaryCa({ rootName: "School root" })
        const [certificate] = parsePem(ca.rootPem)
        const server = watch({})
        assert.deepEqual((await server.look()).pins, [])
        const pinned = path.join(folder, "pinned")
        await writeLock(
            pinned,
            [{ certificate: certificate!, role: "issuer", reason: "a test", source: "node" }],
            "a.test",
        )
        clockMs += 599_000
        assert.deepEqual((await server.look()).pins, [])
        clockMs += 1_000
        const { pins } = await server.look()
        assert.deepEqual(pins, [{ subject: "CN=School root", endsAt: certificate!.notAfter.getTime() / 1000 }])
        await writeFile(path.join(pinned, "pins.json"), "broken")
        clockMs += 600_000
        assert.deepEqual((await server.look()).pins, [])
    })

    it("is the space on the disk of the database", async () => {
        const { disk } = await watch({ diskFolder: folder }).look()
        const { blocks, bsize } = statfsSync(folder)
        assert.equal(disk?.totalBytes, blocks * bsize)
        assert.ok(disk.freeBytes > 0 && disk.freeBytes < disk.totalBytes)
    })
})
