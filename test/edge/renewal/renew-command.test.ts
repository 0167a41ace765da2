import assert from "node:assert/strict"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:https"
import type { AddressInfo } from "node:net"
import path from "node:path"
import { parseEdgeStatus } from "../../../certs/edge-status.ts"
import { ensureLive } from "../../../devs/edge/site/placeholder.ts"
import { airpin } from "../../support/airpin.ts"
import { liveLeaf } from "../support/live-files.ts"
import { type Pebble, pebbleMissing, startPebble } from "../support/pebble.ts"
import { edgeFolder, NAME } from "../support/renewal-world.ts"

const missing = pebbleMissing()

describe("airpin renew", () => {
    let pebble: Pebble
    let server: Server
    let folder: string
    let reloads = 0

    const serve = async () => {
        const live = (name: string) => readFile(path.join(folder, "live", name))
        return { cert: await live("fullchain.pem"), key: await live("privkey.pem") }
    }
    const reload = async () => {
        server.setSecureContext(await serve())
        reloads++
    }

    before(async function () {
        if (missing !== undefined) this.skip()
        folder = await edgeFolder()
        await ensureLive(folder, [NAME], "P-256")
        server = createServer(await serve())
        await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
        process.on("SIGHUP", reload)
        pebble = await startPebble()
        const settings = {
            names: [NAME],
            sources: [
                {
                    kind: "acme",
                    directory: pebble.directory,
                    ca: pebble.caFile,
                    challenge: { kind: "listen", port: pebble.httpPort },
                },
            ],
            target: { kind: "hook", command: ["kill", "-HUP", `${process.pid}`] },
            handshake: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
            manifests: "manifests",
        }
        await writeFile(path.join(folder, "edge.json"), JSON.stringify(settings))
    })

    after(async () => {
        process.off("SIGHUP", reload)
        server?.close()
        await pebble?.stop()
    })

    const renew = (...args: string[]) => airpin(["renew", "--folder", folder, ...args])

    it("says what it would do, and does nothing, with --dry-run", async () => {
        const { code, stdout } = await renew("--dry-run")
        assert.equal(code, 0)
        assert.match(stdout, /^due +since .*: no certificate serves yet$/m)
        assert.match(
            stdout,
            /^would +order from localhost:\d+ unless a chain was accepted before: P-256, then RSA-2048$/m,
        )
        assert.deepEqual((await readdir(folder)).sort(), ["edge.json", "live", "versions"])
    })

    it("obtains a certificate, makes the server serve it, and shows that with --status", async () => {
        const { code, stdout, stderr } = await renew()
        assert.deepEqual([code, reloads], [0, 1], stderr)
        assert.match(stdout, /^outcome +fine$/m)
        const status = await renew("--status")
        assert.equal(status.code, 0)
        assert.match(status.stdout, /^serves +P-256, default \(.*\), from localhost:\d+$/m)
        assert.match(status.stdout, new RegExp(`SHA-256 ${await liveLeaf(folder)}`))
        assert.match(status.stdout, /^next look +\d{4}-\d\d-\d\d \d\d:\d\d UTC: the CA is asked for its window/m)
    })

    it("prints one JSON document, and orders nothing again", async () => {
        const { code, stdout } = await renew("--json")
        const status = parseEdgeStatus(stdout)
        assert.deepEqual([code, reloads, status.outcome, status.live?.verified], [0, 1, "fine", true])
    })

    it("names every wrong field of edge.json, with exit status 2", async () => {
        await writeFile(path.join(folder, "edge.json"), JSON.stringify({ names: [], target: { kind: "hook" } }))
        const { code, stderr } = await renew()
        assert.equal(code, 2)
        assert.match(
            stderr,
            /names is not a list with at least one item; sources is missing; target.command is missing/,
        )
        assert.match(stderr, /\[EDGE_SETTINGS_WRONG\]/)
    })
})
