import assert from "node:assert/strict"
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import { pullAsChip } from "../../../certs/pull/chip-handshake.ts"
import { LocalNginx } from "../../../devs/bench/edge/local-nginx.ts"
import { haproxyCertificate, haproxyText } from "../../../devs/edge/site/haproxy.ts"
import { nginxText } from "../../../devs/edge/site/nginx.ts"
import { ensureLive } from "../../../devs/edge/site/placeholder.ts"
import { haproxyTarget } from "../../../devs/edge/targets/haproxy.ts"
import { nginxTarget } from "../../../devs/edge/targets/nginx.ts"
import { onPath } from "../../ha/cluster/debian.ts"
import { freePorts } from "../../ha/cluster/ports.ts"
import { Program } from "../../ha/cluster/program.ts"
import { until } from "../../ha/cluster/waiting.ts"
import { NAME, renewalWorld, type World } from "../support/renewal-world.ts"
import { runHere, suffer } from "./support/mishap.ts"

/** A world with a placeholder, for a server on a free port, and what a site of that server is written from. */
async function siteWorld() {
    const world = await renewalWorld()
    const { folder, parts } = world
    const [httpPort = 0, httpsPort = 0] = await freePorts(2)
    await ensureLive(folder, [NAME], "P-256")
    parts.handshake = () => pullAsChip({ host: NAME, port: httpsPort, address: "127.0.0.1" })
    const addresses = ["127.0.0.1"]
    const site = { names: [NAME], upstreams: ["127.0.0.1:1"], folder, addresses, httpPort, httpsPort, isDefault: true }
    const place = path.join(folder, "../server")
    await mkdir(place)
    return { world, site, place }
}

describe("a mishap of nginx:", () => {
    let world: World
    let nginx: LocalNginx
    let site: string

    before(async function () {
        if (onPath("nginx") === undefined) {
            console.log("        skipped: Debian's nginx is not installed")
            return this.skip()
        }
        const { world: made, site: options, place } = await siteWorld()
        world = made
        site = path.join(place, "site.conf")
        await writeFile(site, nginxText({ ...options, webroot: place, version: "1.22" }))
        nginx = await LocalNginx.start({ folder: place, site, httpsPort: options.httpsPort })
        world.parts.target = target()
        assert.equal((await runHere(world)).exit, 0)
    })
    after(() => nginx?.stop())

    const target = (servedWithinMs = 30_000) =>
        nginxTarget({ configuration: nginx.configuration, handshake: world.parts.handshake, servedWithinMs })

    /** A round in which the new certificate is not waited for as long as usual. */
    const impatiently = async () => {
        world.parts.target = target(600)
        const ended = await runHere(world)
        world.parts.target = target()
        return ended
    }

    /** Changes the site's text until it is over. */
    const withSite = (change: (text: string) => string) => async () => {
        const text = await readFile(site, "utf8")
        await writeFile(site, change(text))
        return () => writeFile(site, text)
    }

    it("nginx -t fails", async () => {
        const begin = withSite(text => `${text}no_such_directive;\n`)
        await suffer(world, { begin, exit: 1, code: "TARGET_REFUSED", says: /unknown directive "no_such_directive"/ })
    })

    it("its reload fails", async () => {
        const pid = path.join(nginx.folder, "nginx.pid")
        const begin = async () => {
            await rename(pid, `${pid}.kept`)
            return () => rename(`${pid}.kept`, pid)
        }
        await suffer(world, { begin, exit: 1, code: "TARGET_COMMAND_FAILED", says: /-s reload ended with status 1/ })
    })

    it("its reload does nothing", async () => {
        const begin = () => {
            nginx.child.kill("SIGSTOP")
            return () => nginx.child.kill("SIGCONT")
        }
        await suffer(world, { begin, during: impatiently, exit: 1, code: "TARGET_NOT_SERVING" })
    })

    it("it serves the wrong certificate afterwards", async () => {
        const copies = path.join(nginx.folder, "copies")
        const begin = async () => {
            await mkdir(copies)
            for (const name of ["fullchain.pem", "privkey.pem"])
                await copyFile(path.join(world.folder, "live", name), path.join(copies, name))
            return withSite(text => text.replaceAll(path.join(world.folder, "live"), copies))()
        }
        await suffer(world, { begin, during: impatiently, exit: 1, code: "TARGET_NOT_SERVING" })
    })
})

describe("a mishap of HAProxy:", () => {
    let world: World
    let haproxy: Program
    let socket: string

    before(async function () {
        const command = onPath("haproxy")
        if (command === undefined) {
            console.log("        skipped: Debian's haproxy is not installed")
            return this.skip()
        }
        const { world: made, site, place } = await siteWorld()
        world = made
        socket = path.join(place, "haproxy.sock")
        const file = path.join(place, "haproxy.cfg")
        const options = { ...site, challenge: "127.0.0.1:1", socket, rootless: true, ownLines: [] }
        await writeFile(file, haproxyText(options))
        const folders = { folder: place, logs: place, account: undefined }
        haproxy = new Program({ name: "haproxy", command, args: ["-db", "-f", file], place: folders })
        world.parts.target = haproxyTarget({ socket, certificate: haproxyCertificate(world.folder) })
        await start()
        assert.equal((await runHere(world)).exit, 0)
    })
    after(() => haproxy?.kill())

    async function start(): Promise<void> {
        haproxy.start()
        await until("HAProxy", 10_000, () => world.parts.handshake())
    }

    it("its socket is gone", async () => {
        const begin = async () => {
            await rm(socket)
            return async () => {
                await haproxy.kill()
                await start()
            }
        }
        await suffer(world, { begin, exit: 1, code: "TARGET_UNREACHABLE" })
    })

    it("it does not know the certificate's name", async () => {
        const { target } = world.parts
        const begin = () => {
            world.parts.target = haproxyTarget({ socket, certificate: "/no/such.pem" })
            return () => (world.parts.target = target)
        }
        await suffer(world, { begin, exit: 1, code: "TARGET_CERTIFICATE_REFUSED" })
    })
})
