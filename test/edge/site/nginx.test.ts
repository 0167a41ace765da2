import assert from "node:assert/strict"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import http from "node:http"
import https from "node:https"
import path from "node:path"
import { deviceAccepts } from "../../../certs/device.ts"
import { LocalNginx } from "../../../devs/bench/edge/local-nginx.ts"
import { nginxTarget } from "../../../devs/edge/targets/nginx.ts"
import { onPath } from "../../ha/cluster/debian.ts"
import { sleep, until } from "../../ha/cluster/waiting.ts"
import { airpin } from "../../support/airpin.ts"
import { bundleOf } from "../../support/tls-servers.ts"
import { scan } from "./support/s-client.ts"
import { ask, leafSha256, NAME, oneConnection, openSiteWorld, type SiteWorld } from "./support/site-world.ts"

/** The nginx of the machine, and a newer one where the environment names it. */
const programs = [
    { name: "nginx of this machine", program: onPath("nginx"), missing: "Debian's nginx is not installed" },
    {
        name: "nginx of AIRPIN_NGINX_MAINLINE",
        program: process.env.AIRPIN_NGINX_MAINLINE,
        missing: "AIRPIN_NGINX_MAINLINE names none",
    },
]

for (const { name, program, missing } of programs)
    describe(`the site of ${name}`, function () {
        this.timeout(60_000)
        let world: SiteWorld
        let nginx: LocalNginx
        let site: string
        let args: string[]

        before(async function () {
            if (program === undefined) {
                console.log(`        skipped: ${missing}`)
                return this.skip()
            }
            world = await openSiteWorld()
            site = path.join(world.folder, "site.conf")
            args = [
                ...["edge", "nginx", "--domain", NAME, "--email", "a@example.org", "--folder", world.edgeFolder],
                ...["--webroot", world.webroot, "--out", site, "--nginx", program, "--rsa", world.rsaFolder],
                ...["--address", "127.0.0.1", "--http-port", `${world.httpPort}`, "--https-port", `${world.httpsPort}`],
                ...["--upstream", `127.0.0.1:${world.serving.port}`],
            ]
            const written = await airpin(args)
            assert.equal(written.code, 0, written.stderr)
            assert.match(written.stdout, /^check +nginx accepts it$/m)
            const { folder, httpsPort } = world
            nginx = await LocalNginx.start({ folder, site, httpsPort, program })
        })
        after(async () => {
            await nginx?.stop()
            await world?.end()
        })

        const reload = () => nginx.child.kill("SIGHUP")
        const target = () => nginxTarget({ program: program!, configuration: nginx.configuration, handshake })
        const handshake = () => world.handshake()
        const plain = (url: string, headers: Record<string, string>) =>
            new Promise<http.IncomingMessage>((resolve, reject) =>
                http
                    .get({ host: "127.0.0.1", port: world.httpPort, path: url, headers, agent: false }, resolve)
                    .once("error", reject),
            )

        it("starts with a placeholder, which a handshake shows, and takes the first certificate", async () => {
            const [placeholder] = (await handshake()).chain
            assert.equal(placeholder?.subject, "CN=airpin placeholder")
            await world.deploy("RSA-2048", world.rsaFolder)
            const files = await world.deploy()
            await target().activate(files)
            assert.equal(leafSha256(await handshake()), files.leafSha256)
        })

        it("has TLS 1.2 with ECDHE and AEAD, and TLS 1.3, and nothing older", async () => {
            const { httpsPort } = world
            const suites = async (version: string, cipher: string, more: string[] = []) =>
                (await scan(httpsPort, [version, "-cipher", `${cipher}:@SECLEVEL=0`, ...more])).suite
            for (const key of ["ECDSA", "RSA"])
                for (const suite of ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"])
                    assert.equal(await suites("-tls1_2", `ECDHE-${key}-${suite}`), `ECDHE-${key}-${suite}`)
            for (const suite of [
                "ECDHE-RSA-AES128-SHA256",
                "AES128-GCM-SHA256",
                "DHE-RSA-AES128-GCM-SHA256",
                "AES128-SHA",
            ])
                assert.equal(await suites("-tls1_2", suite), "none", suite)
            for (const old of ["-tls1", "-tls1_1"]) assert.equal(await suites(old, "ALL"), "none", old)
            assert.match(await suites("-tls1_3", "ALL"), /^TLS_AES_/)
        })

        it("has X25519, P-256 and P-384, and presents ECDSA or RSA by what the client offers", async () => {
            const { httpsPort } = world
            const groups = []
            for (const group of ["X25519", "P-256", "P-384", "P-521"])
                groups.push((await scan(httpsPort, ["-tls1_2", "-groups", group])).group)
            assert.deepEqual(groups, ["X25519", "prime256v1", "secp384r1", "none"])
            const signed = async (cipher: string) => (await scan(httpsPort, ["-tls1_2", "-cipher", cipher])).signature
            assert.deepEqual([await signed("aECDSA"), await signed("aRSA")], ["ECDSA", "RSA"])
        })

        it("gives no session ticket, which the chip would never use", async () => {
            const { output } = await scan(world.httpsPort, ["-tls1_2"])
            assert.doesNotMatch(output, /session ticket/i)
        })

        it("is accepted by a chip with the root pinned, which gets the ECDSA chain in whole records", async () => {
            const { chain, keyExchange } = await handshake() // refuses split messages
            const verdict = deviceAccepts(
                chain.map(({ der }) => der),
                bundleOf(world.ca),
                NAME,
                keyExchange,
            )
            assert.equal(verdict.accepted, true, verdict.reason)
        })

        it("refuses the handshake for another name and for none, and 421 for another host behind the right name", async () => {
            for (const name of ["other.example.org", ""]) {
                const { version, output } = await scan(world.httpsPort, ["-tls1_2"], name)
                assert.equal(version, "none")
                assert.match(output, /unrecognized name|unrecognized_name/)
            }
            assert.equal((await ask(world, "/", { headers: { host: "other.example.org" } })).status, 421)
        })

        it("redirects port 80, but for challenges, and closes it for other names", async () => {
            const redirect = await plain("/devices?x=1", { host: NAME })
            const place = `https://${NAME}:${world.httpsPort}/devices?x=1`
            assert.deepEqual([redirect.statusCode, redirect.headers.location], [301, place])
            const folder = path.join(world.webroot, ".well-known/acme-challenge")
            mkdirSync(folder, { recursive: true })
            writeFileSync(path.join(folder, "token-1"), "token-1.key")
            const challenge = await plain("/.well-known/acme-challenge/token-1", { host: NAME })
            const body = await challenge.setEncoding("utf8").toArray()
            assert.deepEqual([challenge.statusCode, body.join("")], [200, "token-1.key"])
            const missing = await plain("/.well-known/acme-challenge/token-2", { host: NAME })
            assert.equal(missing.statusCode, 404)
            await assert.rejects(plain("/", { host: "other.example.org" }), /socket hang up|ECONNRESET/)
        })

        it("sends Strict-Transport-Security once, with 200 and 404 of the API and with its own errors", async () => {
            for (const [url, status] of [
                ["/", 200],
                ["/api/v1/nothing", 404],
            ] as const) {
                const reply = await ask(world, url)
                assert.deepEqual(
                    [reply.status, reply.headers["strict-transport-security"]],
                    [status, "max-age=31536000"],
                )
            }
            const tooLong = await ask(world, `/${"x".repeat(20_000)}`)
            assert.deepEqual([tooLong.status, tooLong.headers["strict-transport-security"]], [414, "max-age=31536000"])
        })

        it("gives the API the real address, whatever the client claims", async () => {
            world.seen.length = 0
            await ask(world, "/api/v1/devices", {
                headers: {
                    "x-forwarded-for": "203.0.113.9",
                    "x-real-ip": "203.0.113.9",
                    "x-forwarded-proto": "http",
                    "x-forwarded-host": "evil.example",
                    forwarded: "for=203.0.113.9",
                },
            })
            const host = `${NAME}:${world.httpsPort}`
            const expected = { ip: "127.0.0.1", host, protocol: "https", forwardedFor: "127.0.0.1" }
            assert.deepEqual(world.seen, [{ url: "/api/v1/devices", ...expected }])
        })

        it("stores a post, with no header that costs the device bytes, and gives a batch beyond 16 kB to no one", async () => {
            const headers = { authorization: `Bearer ${world.api.token}`, "content-type": "application/json" }
            const post = (body: string) => ask(world, "/api/v1/readings", { method: "POST", headers, body })
            const time = Math.floor(Date.now() / 1000)
            const stored = await post(JSON.stringify({ boot: "b1", seq: 1, time, step: 60, co2Ppm: [812] }))
            assert.deepEqual([stored.status, stored.body], [200, '{"ack":1}'])
            assert.equal(stored.headers["strict-transport-security"], undefined)
            world.seen.length = 0
            const tooLarge = await post(`"${"x".repeat(16_384)}"`)
            assert.deepEqual([tooLarge.status, world.seen], [413, []])
            assert.equal(tooLarge.headers["content-type"], "application/problem+json")
            assert.deepEqual(JSON.parse(tooLarge.body), { code: "BODY_TOO_LARGE", message: "the body is too large" })
            const largest = await post(`"${"x".repeat(16_382)}"`)
            assert.deepEqual([largest.status, JSON.parse(largest.body).code], [400, "BODY_MALFORMED"])
        })

        it("passes events as they come", async () => {
            const events: string[] = []
            const request = https.get({
                ...{ host: "127.0.0.1", port: world.httpsPort, servername: NAME, ca: world.ca.rootPem, agent: false },
                ...{ path: "/api/v1/stream", headers: { host: NAME, "accept-encoding": "gzip" } },
            })
            const response = await new Promise<http.IncomingMessage>((resolve, reject) =>
                request.once("response", resolve).once("error", reject),
            )
            response.setEncoding("utf8").on("data", (text: string) => events.push(text))
            assert.equal(response.headers["content-encoding"], undefined)
            await until("the first event", 5000, () => events.join("").includes("event: devices") || undefined)
            const headers = { authorization: `Bearer ${world.api.token}`, "content-type": "application/json" }
            const time = Math.floor(Date.now() / 1000)
            const body = JSON.stringify({ boot: "b2", seq: 1, time, step: 60, co2Ppm: [1234] })
            assert.equal((await ask(world, "/api/v1/readings", { method: "POST", headers, body })).status, 200)
            await until("the reading", 5000, () => events.join("").includes("1234") || undefined)
            request.destroy()
        })

        it("compresses the page's files, and speaks HTTP/2 to browsers", async () => {
            const reply = await ask(world, "/page.js", { headers: { "accept-encoding": "gzip" } })
            assert.equal(reply.headers["content-encoding"], "gzip")
            const { output } = await scan(world.httpsPort, ["-alpn", "h2,http/1.1"])
            assert.match(output, /ALPN protocol: h2/)
        })

        it("writes the token of a link into no log", async () => {
            await ask(world, "/v/link_secret123")
            await ask(world, "/log-in")
            await sleep(50)
            const [access, errors] = ["access.log", "error.log"].map(file =>
                readFileSync(path.join(world.folder, file), "utf8"),
            )
            assert.match(access!, /GET \/log-in /)
            assert.doesNotMatch(access! + errors!, /link_secret123/)
        })

        it("reloads without ending a request: what is open goes on, and new handshakes have the new certificate", async () => {
            const agent = oneConnection()
            assert.equal((await ask(world, "/log-in", { agent })).status, 200)
            const stream = https.get({
                ...{ host: "127.0.0.1", port: world.httpsPort, servername: NAME, ca: world.ca.rootPem, agent: false },
                ...{ path: "/api/v1/stream", headers: { host: NAME } },
            })
            let [received, ended] = ["", false]
            stream.once("response", response => {
                response.setEncoding("utf8").on("data", (text: string) => (received += text))
                response.once("close", () => (ended = true))
            })
            stream.on("error", () => (ended = true))
            await until("the stream", 5000, () => received.includes("event: devices") || undefined)
            const files = await world.deploy()
            await target().activate(files)
            assert.equal(leafSha256(await handshake()), files.leafSha256)
            const headers = { authorization: `Bearer ${world.api.token}`, "content-type": "application/json" }
            const time = Math.floor(Date.now() / 1000)
            const body = JSON.stringify({ boot: "b3", seq: 1, time, step: 60, co2Ppm: [2345] })
            // the idle connection was closed, so that this is a new one; no request is lost by it
            assert.equal((await ask(world, "/api/v1/readings", { method: "POST", headers, body, agent })).status, 200)
            await until("an event on the old connection", 5000, () => received.includes("2345") || undefined)
            assert.equal(ended, false)
            stream.destroy()
            agent.destroy()
        })

        it("keeps the operator's own lines when it is written anew, and nginx checks them too", async () => {
            const own = path.join(world.edgeFolder, "airpin.d/own.conf")
            writeFileSync(own, "location = /own { return 418; }\n")
            assert.equal((await airpin(args)).code, 0)
            reload()
            await until("the own location", 5000, async () => (await ask(world, "/own")).status === 418 || undefined)
            const before = readFileSync(site, "utf8")
            writeFileSync(own, "no_such_directive;\n")
            const refused = await airpin([...args, "--domain", "second.example.org"])
            assert.equal(refused.code, 1)
            assert.match(refused.stderr, /unknown directive "no_such_directive".*SITE_REFUSED/s)
            assert.equal(readFileSync(site, "utf8"), before)
            writeFileSync(own, "location = /own { return 418; }\n")
        })

        it("answers 502 with a problem, Retry-After and HSTS while no API process runs", async () => {
            await world.serving.close()
            const reply = await ask(world, "/api/v1/readings", { method: "POST", body: "{}" })
            assert.deepEqual(
                [reply.status, reply.headers["retry-after"], reply.headers["content-type"]],
                [502, "30", "application/problem+json"],
            )
            assert.equal(reply.headers["strict-transport-security"], "max-age=31536000")
            assert.equal(JSON.parse(reply.body).code, "UPSTREAM_UNREACHABLE")
            const page = await ask(world, "/")
            assert.deepEqual([page.status, page.headers["strict-transport-security"]], [502, "max-age=31536000"])
        })
    })
