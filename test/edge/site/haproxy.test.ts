import assert from "node:assert/strict"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import http from "node:http"
import type { AddressInfo } from "node:net"
import path from "node:path"
import { haproxyCertificate } from "../../../devs/edge/site/haproxy.ts"
import { haproxyTarget } from "../../../devs/edge/targets/haproxy.ts"
import { onPath } from "../../ha/cluster/debian.ts"
import { freePorts } from "../../ha/cluster/ports.ts"
import { Program } from "../../ha/cluster/program.ts"
import { sleep, until } from "../../ha/cluster/waiting.ts"
import { airpin } from "../../support/airpin.ts"
import { testSite, tryWithoutApi } from "./support/site-tests.ts"
import {
    ask,
    askPlainly,
    leafSha256,
    NAME,
    oneConnection,
    openSiteWorld,
    openStream,
    postReading,
    type SiteWorld,
} from "./support/site-world.ts"

describe("the configuration for HAProxy", function () {
    this.timeout(60_000)
    let world: SiteWorld
    let haproxy: Program
    let [file, socket, challenge] = ["", "", 0]
    let args: string[]

    before(async function () {
        const program = onPath("haproxy")
        if (program === undefined) {
            console.log("        skipped: Debian's haproxy is not installed")
            return this.skip()
        }
        world = await openSiteWorld()
        const { folder, edgeFolder, rsaFolder, httpPort, httpsPort, serving } = world
        file = path.join(folder, "haproxy.cfg")
        socket = path.join(folder, "haproxy.sock")
        const [dead = 0, free = 0] = await freePorts(2)
        challenge = free
        args = [
            ...["edge", "haproxy", "--domain", NAME, "--folder", edgeFolder, "--out", file, "--rsa", rsaFolder],
            ...["--address", "127.0.0.1", "--http-port", `${httpPort}`, "--https-port", `${httpsPort}`],
            ...["--upstream", `127.0.0.1:${dead}`, "--upstream", `127.0.0.1:${serving.port}`],
            ...["--challenge", `127.0.0.1:${challenge}`, "--socket", socket, "--rootless"],
        ]
        const written = await airpin(args)
        assert.equal(written.code, 0, written.stderr)
        assert.match(written.stdout, /^check +haproxy accepts it$/m)
        await world.deploy("RSA-2048", rsaFolder)
        await world.deploy()
        const place = { folder, logs: folder, account: undefined }
        haproxy = new Program({ name: "haproxy", command: program, args: ["-db", "-f", file], place })
        haproxy.start()
        await until("HAProxy", 10_000, async () => (await askPlainly(world, "/")).status === 301 || undefined)
    })
    after(async () => {
        await haproxy?.kill()
        await world?.end()
    })

    const target = () => haproxyTarget({ socket, certificate: haproxyCertificate(world.edgeFolder) })

    testSite(() => world)

    it("sends challenges to whom obtains the certificate", async () => {
        const server = http.createServer((request, response) => response.end(`for ${request.url}`))
        await new Promise<void>(resolve => server.listen(challenge, "127.0.0.1", resolve))
        const reply = await askPlainly(world, "/.well-known/acme-challenge/token-1")
        assert.deepEqual([reply.status, reply.body], [200, "for /.well-known/acme-challenge/token-1"])
        assert.equal((server.address() as AddressInfo).port, challenge)
        server.close()
        server.closeAllConnections()
    })

    it("takes a new certificate by its runtime API, and no connection ends, not even an idle one", async () => {
        const agent = oneConnection()
        assert.equal((await ask(world, "/log-in", { agent })).status, 200)
        const [connection] = Object.values(agent.freeSockets).flat()
        const stream = await openStream(world)
        await until("the stream", 5000, () => stream.received().includes("event: devices") || undefined)
        const files = await world.deploy()
        await target().activate(files)
        assert.equal(leafSha256(await world.handshake()), files.leafSha256)
        assert.equal((await postReading(world, "b3", 2345, agent)).status, 200)
        assert.deepEqual(Object.values(agent.freeSockets).flat(), [connection])
        await until("an event on the old connection", 5000, () => stream.received().includes("2345") || undefined)
        assert.equal(stream.hasEnded(), false)
        stream.close()
        agent.destroy()
    })

    it("lets only its owner use the socket, and says what HAProxy says of a certificate that does not fit", async () => {
        assert.equal(statSync(socket).mode & 0o777, 0o600)
        const files = await world.deploy()
        const wrong = path.join(world.folder, "wrong.pem")
        const other = await world.ca.issue({ names: [NAME] })
        writeFileSync(wrong, readFileSync(files.chain, "utf8") + other.keyPem, { mode: 0o600 })
        await assert.rejects(target().activate({ ...files, combined: wrong }), {
            code: "TARGET_CERTIFICATE_REFUSED",
        })
        const unknown = haproxyTarget({ socket, certificate: "/no/such.pem" })
        await assert.rejects(unknown.activate(files), { code: "TARGET_CERTIFICATE_REFUSED" })
        const absent = haproxyTarget({ socket: `${socket}.old`, certificate: "x" })
        await assert.rejects(absent.activate(files), { code: "TARGET_UNREACHABLE" })
        await target().activate(files)
        assert.equal(leafSha256(await world.handshake()), files.leafSha256)
    })

    it("writes the token of a link into no log", async () => {
        await ask(world, "/v/link_secret123")
        await ask(world, "/log-in?after")
        await until("the log", 5000, () => readFileSync(haproxy.log, "utf8").includes("/log-in?after") || undefined)
        assert.doesNotMatch(readFileSync(haproxy.log, "utf8"), /link_secret123/)
    })

    it("keeps the operator's own lines when it is written anew, and HAProxy checks them too", async () => {
        const own = "    http-request return status 418 if { path /own }\n"
        const withOwn = (line: string) =>
            readFileSync(file, "utf8").replace(/(: begin\n)(.*\n)*?( +# end of your)/, `$1${line}$3`)
        writeFileSync(file, withOwn(own))
        assert.equal((await airpin([...args, "--domain", "second.example.org"])).code, 0)
        const text = readFileSync(file, "utf8")
        assert.ok(text.includes(own) && text.includes(`${NAME} second.example.org`))
        writeFileSync(file, withOwn("    no-such-directive\n"))
        const refused = await airpin(args)
        assert.equal(refused.code, 1)
        assert.match(refused.stderr, /unknown keyword 'no-such-directive'.*SITE_REFUSED/s)
        writeFileSync(file, text)
    })

    it("keeps idle connections for two hours, though a request must come within a minute", async () => {
        const text = readFileSync(file, "utf8")
        assert.match(text, /timeout client 7200s\n.*timeout http-keep-alive 7200s\n/)
        // an hour is a second, a minute 0.5 s
        const [httpPort = 0, httpsPort = 0] = await freePorts(2)
        const fast = text
            .replaceAll("7200s", "2s")
            .replaceAll("60s", "500ms")
            .replaceAll(`:${world.httpPort}`, `:${httpPort}`)
            .replaceAll(`:${world.httpsPort}`, `:${httpsPort}`)
            .replaceAll(socket, `${socket}.fast`)
        writeFileSync(`${file}.fast`, fast)
        const place = { folder: world.folder, logs: world.folder, account: undefined }
        const copy = new Program({
            name: "fast",
            command: onPath("haproxy")!,
            args: ["-db", "-f", `${file}.fast`],
            place,
        })
        copy.start()
        const there = { ...world, httpPort, httpsPort }
        await until("HAProxy", 10_000, async () => (await askPlainly(there, "/")).status === 301 || undefined)
        const agent = oneConnection()
        assert.equal((await ask(there, "/log-in", { agent })).status, 200)
        const [connection] = Object.values(agent.freeSockets).flat()
        await sleep(1000)
        assert.deepEqual(Object.values(agent.freeSockets).flat(), [connection])
        assert.equal((await postReading(there, "b5", 700, agent)).status, 200)
        await sleep(2500)
        assert.deepEqual(Object.values(agent.freeSockets).flat(), [])
        agent.destroy()
        await copy.kill()
    })

    it("has the same certificate after a restart", async () => {
        const before = leafSha256(await world.handshake())
        await haproxy.kill()
        haproxy.start()
        const after = await until("HAProxy", 10_000, () => world.handshake())
        assert.equal(leafSha256(after), before)
    })

    it("answers 503 with a problem, Retry-After and HSTS while no API process runs", () => tryWithoutApi(world, 503))
})
