import assert from "node:assert/strict"
import type { ServerOptions } from "node:https"
import type { LocalCa } from "../../certs/local-ca.ts"
import { Office } from "../support/office.ts"
import { temporaryCa } from "../support/tls-servers.ts"

describe("a device whose server is replaced by", function () {
    this.timeout(120_000)
    let authority: LocalCa
    let attacker: LocalCa
    const names = { rootName: "Office root", intermediateName: "Office CA" }
    before(async () => {
        authority = await temporaryCa(names)
        attacker = await temporaryCa(names)
    })

    const impostors: Record<string, () => Promise<ServerOptions>> = {
        "one with another CA of the same names": async () => ({
            key: attacker.server.keyPem,
            cert: attacker.server.chainPem,
        }),
        "one with a certificate for another host": async () => {
            const { keyPem, chainPem } = await authority.issue({ names: ["other.example"] })
            return { key: keyPem, cert: chainPem }
        },
        "one that speaks TLS 1.3 only": async () => ({
            key: authority.server.keyPem,
            cert: authority.server.chainPem,
            minVersion: "TLSv1.3",
        }),
    }

    for (const [name, options] of Object.entries(impostors))
        it(`${name} sends it no byte of plaintext, and delivers everything once the right one is back`, async () => {
            const office = await Office.open(authority)
            try {
                await office.runMinutes(6)
                const seen = office.seen.length
                assert.equal(seen, 1)
                await office.stopServer()
                await office.startServer(await options())
                await office.runMinutes(40)
                assert.equal(office.seen.length, seen)
                assert.equal(office.states().at(-1), "refused")
                await office.stopServer()
                await office.startServer()
                await office.runMinutes(15)
                const stored = await office.stored()
                assert.ok(office.taken - stored.length < 5)
                assert.deepEqual(
                    stored,
                    stored.map((_, at) => at + 1),
                )
            } finally {
                await office.close()
            }
        })
})
