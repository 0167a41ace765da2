import assert from "node:assert/strict"
import { join } from "node:path"
import type { ConnectionOptions, TLSSocket } from "node:tls"
import { getCiphers } from "node:tls"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import { RawConnection } from "../support/raw-connection.ts"
import { openWorld, type World } from "../support/world.ts"

describe("TLS", () => {
    let world: World
    let serving: Serving
    let ca: string

    before(async () => {
        world = await openWorld()
        const authority = await openOrCreateLocalCa(join(world.directory, "ca"))
        const { keyPem, chainPem } = authority.server
        ca = authority.rootPem
        serving = await serve({ app: world.app, port: 0, keyPem, certPem: chainPem })
    })
    after(async () => {
        await serving.close()
        await world.end()
    })

    /** The version and suite that the server agrees to; undefined if it refuses. */
    async function agreed(offer: ConnectionOptions): Promise<string | undefined> {
        try {
            const { socket } = await RawConnection.open(serving.port, ca, offer)
            const { name } = (socket as TLSSocket).getCipher()
            const version = (socket as TLSSocket).getProtocol()
            socket.destroy()
            return `${version} ${name}`
        } catch {
            return undefined
        }
    }

    it("is refused in every version before 1.2", async () => {
        for (const version of ["TLSv1", "TLSv1.1"] as const) {
            const offer = { minVersion: version, maxVersion: version, ciphers: "ALL:@SECLEVEL=0" }
            assert.equal(await agreed(offer), undefined, version)
        }
        assert.match((await agreed({ maxVersion: "TLSv1.2" })) ?? "", /^TLSv1\.2 /)
        assert.match((await agreed({ minVersion: "TLSv1.3" })) ?? "", /^TLSv1\.3 /)
    })

    it("1.2 takes only suites with forward secrecy and AES-GCM, of all that OpenSSL can offer", async () => {
        const offered = getCiphers().filter(name => !name.startsWith("tls_"))
        const taken = []
        for (const name of offered) {
            const suite = await agreed({ maxVersion: "TLSv1.2", ciphers: `${name.toUpperCase()}:@SECLEVEL=0` })
            if (suite !== undefined) taken.push(suite)
        }
        assert.ok(offered.length > 40)
        assert.deepEqual(taken.sort(), [
            "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256",
            "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384",
        ])
    })

    it("does not renegotiate: a client cannot make the server compute keys again and again", async () => {
        const { socket } = await RawConnection.open(serving.port, ca, { maxVersion: "TLSv1.2" })
        const failed = await new Promise(resolve => {
            socket.once("close", () => resolve("closed"))
            const asked = (socket as TLSSocket).renegotiate({}, error => resolve(error ?? "renegotiated"))
            if (!asked) resolve("not asked")
            setTimeout(() => resolve("ignored"), 1000)
        })
        socket.destroy()
        assert.notEqual(failed, "renegotiated")
    })
})
