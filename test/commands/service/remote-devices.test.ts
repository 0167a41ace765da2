import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import path from "node:path"
import { type LocalCa, openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import { NOW_S, openWorld, type World } from "../../api/support/world.ts"
import { airpin } from "../../support/airpin.ts"

describe("airpin device list --server", () => {
    let world: World
    let authority: LocalCa
    let serving: Serving
    let ca: string

    before(async () => {
        world = await openWorld()
        authority = await openOrCreateLocalCa(path.join(world.directory, "ca"))
        const { keyPem, chainPem: certPem } = authority.server
        ca = path.join(world.directory, "root.pem")
        await writeFile(ca, authority.rootPem)
        serving = await serve({ app: world.app, port: 0, keyPem, certPem })
        await world.post({ boot: "b1", seq: 1, time: NOW_S, step: 60, lost: 3, co2Ppm: [721] })
    })
    after(async () => {
        await serving.close()
        await world.end()
    })

    const list = (...args: string[]) => airpin(["device", "list", ...args])

    it("shows what the list of the database shows", async () => {
        const remote = await list("--server", serving.url, "--ca", ca)
        assert.deepEqual([remote.code, remote.stderr], [0, ""])
        assert.match(remote.stdout, /kitchen +Kitchen +2025-01-15T12:00Z +3 lost/)
        assert.equal((await list("--db", world.file)).stdout, remote.stdout)
    })

    it("refuses a server whose CA it was not given", async () => {
        const { code, stderr } = await list("--server", serving.url)
        assert.equal(code, 1)
        assert.match(stderr, /unable to get local issuer certificate \[SERVER_UNREACHABLE\]\n.*--ca/)
    })

    it("shows the error of the API, and does not repeat the token", async () => {
        const token = path.join(world.directory, "token.txt")
        await writeFile(token, "not-a-token\n")
        const other = createServer({ key: authority.server.keyPem, cert: authority.server.chainPem }, (_, response) => {
            response.writeHead(401, { "content-type": "application/problem+json" })
            response.end('{"code":"TOKEN_UNKNOWN","message":"no link has this token"}')
        }).listen(0)
        const { port } = other.address() as AddressInfo
        const { code, stderr } = await list("--server", `https://127.0.0.1:${port}`, "--ca", ca, "--token", token)
        other.close()
        assert.equal(code, 1)
        assert.match(stderr, /no link has this token[\s\S]*\[TOKEN_UNKNOWN\]/)
        assert.ok(!stderr.includes("not-a-token"))
    })

    for (const url of ["http://127.0.0.1:1", "127.0.0.1", "https://user:secret@127.0.0.1"])
        it(`refuses ${url}`, async () => {
            const { code, stderr } = await list("--server", url)
            assert.equal(code, 2)
            assert.match(stderr, /\[SERVER_ADDRESS_INVALID\]/)
            assert.ok(!stderr.includes("secret"))
        })
})
