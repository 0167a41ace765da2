import assert from "node:assert/strict"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { LocalNginx } from "../../../devs/bench/edge/local-nginx.ts"
import { type NginxTarget, nginxTarget } from "../../../devs/edge/targets/nginx.ts"
import { onPath } from "../../ha/cluster/debian.ts"
import { freePorts } from "../../ha/cluster/ports.ts"
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
            const [dead] = await freePorts(1)
            site = path.join(world.folder, "site.conf")
            args = [
                ...["edge", "nginx", "--domain", NAME, "--email", "a@example.org", "--folder", world.edgeFolder],
                ...["--webroot", world.webroot, "--out", site, "--nginx", program, "--rsa", world.rsaFolder],
                ...["--address", "127.0.0.1", "--http-port", `${world.httpPort}`, "--https-port", `${world.httpsPort}`],
                // nothing listens on the first one: whatever goes there first is passed to the second
                ...["--upstream", `127.0.0.1:${dead}`, "--upstream", `127.0.0.1:${world.serving.port}`],
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
        it("starts with a placeholder, which a handshake shows, and takes the first certificate", async () => {
            const [placeholder] = (await handshake()).chain
            assert.equal(placeholder?.subject, "CN=airpin placeholder")
            await world.deploy("RSA-2048", world.rsaFolder)
            const files = await world.deploy()
            await target().activate(files)
            assert.equal(leafSha256(await handshake()), files.leafSha256)
        })

        testSite(() => world)

        it("answers challenges from the webroot", async () => {
            const folder = path.join(world.webroot, ".well-known/acme-challenge")
            mkdirSync(folder, { recursive: true })
            writeFileSync(path.join(folder, "token-1"), "token-1.key")
            const challenge = await askPlainly(world, "/.well-known/acme-challenge/token-1")
            assert.deepEqual([challenge.status, challenge.body], [200, "token-1.key"])
            assert.equal((await askPlainly(world, "/.well-known/acme-challenge/token-2")).status, 404)
        })

        it("sends Strict-Transport-Security with an error of its own", async () => {
            const tooLong = await ask(world, `/${"x".repeat(20_000)}`)
            assert.deepEqual([tooLong.status, tooLong.headers["strict-transport-security"]], [414, "max-age=31536000"])
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
            const stream = await openStream(world)
            await until("the stream", 5000, () => stream.received().includes("event: devices") || undefined)
            const files = await world.deploy()
            await target().activate(files)
            assert.equal(leafSha256(await handshake()), files.leafSha256)
            // the idle connection was closed, so that this is a new one; no request is lost by it
            assert.equal((await postReading(world, "b3", 2345, agent)).status, 200)
            await until("an event on the old connection", 5000, () => stream.received().includes("2345") || undefined)
            assert.equal(stream.hasEnded(), false)
            stream.close()
            agent.destroy()
        })

        it("is left as it is if nginx -t or the reload fails, and watched until it serves what it should", async () => {
            const files = await world.deploy()
            const before = leafSha256(await handshake())
            const broken = path.join(world.folder, "broken.conf")
            writeFileSync(broken, "no_such_directive;\n")
            const activate = (options: Partial<NginxTarget>) =>
                nginxTarget({ ...options, program: program!, handshake, servedWithinMs: 500 }).activate(files)
            const { configuration } = nginx
            await assert.rejects(activate({ configuration: broken }), {
                code: "TARGET_REFUSED",
                message: /unknown directive "no_such_directive"/,
            })
            await assert.rejects(activate({ configuration, reload: ["false"] }), { code: "TARGET_COMMAND_FAILED" })
            await assert.rejects(activate({ configuration, reload: ["true"] }), {
                code: "TARGET_NOT_SERVING",
                message: new RegExp(`it serves the leaf with the SHA-256 ${before}, not ${files.leafSha256}`),
            })
            await target().activate(files)
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

        it("answers 502 with a problem, Retry-After and HSTS while no API process runs", () =>
            tryWithoutApi(world, 502))
    })
