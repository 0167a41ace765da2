import assert from "node:assert/strict"
import { X509Certificate } from "node:crypto"
import { deviceAccepts } from "../../../../certs/device.ts"
import { pullAsChip } from "../../../../certs/pull/chip-handshake.ts"
import type { Certificate } from "../../../../certs/x509/certificate.ts"
import { until } from "../../../ha/cluster/waiting.ts"
import { bundleOf } from "../../../support/tls-servers.ts"
import { scan } from "./s-client.ts"
import { ask, askPlainly, NAME, openStream, postReading, type SiteWorld } from "./site-world.ts"

/** What the sites of nginx and HAProxy have in common: both have an ECDSA and an RSA certificate. */
export function testSite(world: () => SiteWorld): void {
    it("has TLS 1.2 with ECDHE and AEAD, and TLS 1.3, and nothing older", async () => {
        const { httpsPort } = world()
        const suites = async (version: string, cipher: string, more: string[] = []) =>
            (await scan(httpsPort, [version, "-cipher", `${cipher}:@SECLEVEL=0`, ...more])).suite
        for (const key of ["ECDSA", "RSA"])
            for (const suite of ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"])
                assert.equal(await suites("-tls1_2", `ECDHE-${key}-${suite}`), `ECDHE-${key}-${suite}`)
        for (const suite of ["ECDHE-RSA-AES128-SHA256", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256", "AES128-SHA"])
            assert.equal(await suites("-tls1_2", suite), "none", suite)
        for (const old of ["-tls1", "-tls1_1"]) assert.equal(await suites(old, "ALL"), "none", old)
        assert.match(await suites("-tls1_3", "ALL"), /^TLS_AES_/)
    })

    it("has X25519, P-256 and P-384, and presents ECDSA or RSA by what the client offers", async () => {
        const { httpsPort } = world()
        const groupOf = async (version: string, groups: string) =>
            (await scan(httpsPort, [version, "-groups", groups])).group
        const groups = []
        for (const group of ["X25519", "P-256", "P-384", "P-521"]) groups.push(await groupOf("-tls1_3", group))
        assert.deepEqual(groups, ["X25519", "prime256v1", "secp384r1", "none"])
        // in TLS 1.2 the client's list must have the P-256 of the certificate too (RFC 8422, 5.1)
        assert.equal(await groupOf("-tls1_2", "X25519:P-256"), "X25519")
        assert.equal(await groupOf("-tls1_2", "P-521:P-256"), "prime256v1")
        const signed = async (cipher: string) => (await scan(httpsPort, ["-tls1_2", "-cipher", cipher])).signature
        assert.deepEqual([await signed("aECDSA"), await signed("aRSA")], ["ECDSA", "RSA"])
    })

    it("gives no session ticket, which the chip would never use", async () => {
        const { output } = await scan(world().httpsPort, ["-tls1_2"])
        assert.doesNotMatch(output, /session ticket/i)
    })

    for (const authentication of ["ECDSA", "RSA"] as const)
        it(`is accepted by a chip with the root pinned, by its ${authentication} chain, in whole records`, async () => {
            const place = { host: NAME, address: "127.0.0.1", port: world().httpsPort }
            const { chain, keyExchange } = await pullAsChip({ ...place, authentication }) // refuses split messages
            const ders = chain.map(({ der }) => der)
            const { accepted, reason } = deviceAccepts(ders, bundleOf(world().ca), NAME, keyExchange)
            assert.deepEqual([accepted, isRsa(chain)], [true, authentication === "RSA"], reason)
        })

    it("shows a chip, which offers both, the ECDSA chain", async () => {
        assert.equal(isRsa((await world().handshake()).chain), false)
    })

    it("refuses the handshake for another name and for none, and 421 for another host behind the right name", async () => {
        for (const name of ["other.example.org", ""]) {
            const { version, output } = await scan(world().httpsPort, ["-tls1_2"], name)
            assert.equal(version, "none")
            assert.match(output, /unrecognized name|unrecognized_name/)
        }
        assert.equal((await ask(world(), "/", { headers: { host: "other.example.org" } })).status, 421)
    })

    it("gives the API the real address, whatever the client claims", async () => {
        world().seen.length = 0
        await ask(world(), "/api/v1/devices", {
            headers: {
                "x-forwarded-for": "203.0.113.9",
                "x-real-ip": "203.0.113.9",
                "x-forwarded-proto": "http",
                "x-forwarded-host": "evil.example",
                forwarded: "for=203.0.113.9",
            },
        })
        const host = `${NAME}:${world().httpsPort}`
        const expected = { ip: "127.0.0.1", host, protocol: "https", forwardedFor: "127.0.0.1" }
        const [seen] = world().seen.filter(({ url }) => url !== "/ready") // a health check
        assert.deepEqual(seen, { url: "/api/v1/devices", ...expected })
    })

    it("stores a post, with no header that costs the device bytes, and gives a batch beyond 16 kB to no one", async () => {
        const headers = { authorization: `Bearer ${world().api.token}`, "content-type": "application/json" }
        const post = (body: string) => ask(world(), "/api/v1/readings", { method: "POST", headers, body })
        const stored = await postReading(world(), "b1", 812)
        assert.deepEqual([stored.status, stored.body], [200, '{"ack":1}'])
        assert.equal(stored.headers["strict-transport-security"], undefined)
        world().seen.length = 0
        const tooLarge = await post(`"${"x".repeat(16_384)}"`)
        assert.deepEqual([tooLarge.status, world().seen.filter(({ url }) => url !== "/ready")], [413, []])
        assert.equal(tooLarge.headers["content-type"], "application/problem+json")
        assert.deepEqual(JSON.parse(tooLarge.body), { code: "BODY_TOO_LARGE", message: "the body is too large" })
        const largest = await post(`"${"x".repeat(16_382)}"`)
        assert.deepEqual([largest.status, JSON.parse(largest.body).code], [400, "BODY_MALFORMED"])
    })

    it("passes events as they come, and does not compress them", async () => {
        const stream = await openStream(world())
        assert.equal(stream.headers["content-encoding"], undefined)
        await until("the first event", 5000, () => stream.received().includes("event: devices") || undefined)
        assert.equal((await postReading(world(), "b2", 1234)).status, 200)
        await until("the reading", 5000, () => stream.received().includes("1234") || undefined)
        stream.close()
    })

    it("sends Strict-Transport-Security once, with 200 and 404 of the API", async () => {
        for (const [url, status] of [
            ["/", 200],
            ["/api/v1/nothing", 404],
        ] as const) {
            const reply = await ask(world(), url)
            assert.deepEqual([reply.status, reply.headers["strict-transport-security"]], [status, "max-age=31536000"])
        }
    })

    it("redirects port 80, and closes it for other names", async () => {
        const redirect = await askPlainly(world(), "/devices?x=1")
        const place = `https://${NAME}:${world().httpsPort}/devices?x=1`
        assert.deepEqual([redirect.status, redirect.headers.location], [301, place])
        await assert.rejects(askPlainly(world(), "/", "other.example.org"), /socket hang up|ECONNRESET/)
    })

    it("speaks HTTP/2 to browsers, and compresses", async () => {
        const reply = await ask(world(), "/assets/wall.js", { headers: { "accept-encoding": "gzip" } })
        assert.equal(reply.headers["content-encoding"], "gzip")
        const { output } = await scan(world().httpsPort, ["-alpn", "h2,http/1.1"])
        assert.match(output, /ALPN protocol: h2/)
    })
}

const isRsa = ([leaf]: Certificate[]) => new X509Certificate(leaf!.der).publicKey.asymmetricKeyType === "rsa"

/** To be called last: ends the API. @param status of the proxy's own response then */
export async function tryWithoutApi(world: SiteWorld, status: number): Promise<void> {
    await world.serving.close()
    const reply = await ask(world, "/api/v1/readings", { method: "POST", body: "{}" })
    assert.deepEqual(
        [reply.status, reply.headers["retry-after"], reply.headers["content-type"]],
        [status, "30", "application/problem+json"],
    )
    assert.equal(reply.headers["strict-transport-security"], "max-age=31536000")
    assert.equal(JSON.parse(reply.body).code, "UPSTREAM_UNREACHABLE")
    const page = await ask(world, "/")
    assert.deepEqual([page.status, page.headers["strict-transport-security"]], [status, "max-age=31536000"])
}
