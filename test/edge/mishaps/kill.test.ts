import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { parseEdgeStatus } from "../../../certs/edge-status.ts"
import { pullAsChip } from "../../../certs/pull/chip-handshake.ts"
import { LocalNginx } from "../../../devs/bench/edge/local-nginx.ts"
import { nginxText } from "../../../devs/edge/site/nginx.ts"
import { ensureLive } from "../../../devs/edge/site/placeholder.ts"
import { nginxTarget } from "../../../devs/edge/targets/nginx.ts"
import { onPath } from "../../ha/cluster/debian.ts"
import { freePorts } from "../../ha/cluster/ports.ts"
import { BIN } from "../../support/airpin.ts"
import { pebbleMissing } from "../support/pebble.ts"
import { NAME } from "../support/renewal-world.ts"
import { type CaWorld, caWorld } from "./support/ca-world.ts"
import { type Ended, endOf, runHere, suffer } from "./support/mishap.ts"

const preloads = ["../../api/faults/support/shifted-clock.mjs", "support/kill-at.mjs"].map(
    name => new URL(name, import.meta.url).href,
)

/** As a shell says it. */
const KILLED = 137
const isFull = process.env.AIRPIN_MISHAPS === "full"
const FULL_TIMEOUT_MS = 1_200_000

describe("a mishap of the process:", () => {
    let world: CaWorld
    let nginx: LocalNginx
    let trace: string
    let clock: string

    before(async function () {
        if (pebbleMissing() !== undefined || onPath("nginx") === undefined) {
            console.log("        skipped: Debian's pebble or nginx is not installed")
            return this.skip()
        }
        world = await caWorld()
        const { folder, parts, facade, pebble, caFile } = world
        const place = path.join(folder, "../server")
        trace = path.join(place, "trace")
        clock = path.join(place, "clock")
        const site = path.join(place, "site.conf")
        const [httpPort = 0, httpsPort = 0] = await freePorts(2)
        await mkdir(place)
        await ensureLive(folder, [NAME], "P-256")
        const options = { names: [NAME], upstreams: ["127.0.0.1:1"], folder, addresses: ["127.0.0.1"] }
        const text = nginxText({ ...options, httpPort, httpsPort, isDefault: true, webroot: place, version: "1.22" })
        await writeFile(site, text)
        nginx = await LocalNginx.start({ folder: place, site, httpsPort })
        const { configuration } = nginx
        const challenge = { kind: "listen", port: pebble.httpPort }
        const settings = {
            names: [NAME],
            keyTypes: ["P-256"],
            sources: [{ kind: "acme", directory: facade.directory, ca: caFile, challenge }],
            target: { kind: "nginx", configuration },
            handshake: { host: "127.0.0.1", port: httpsPort },
            manifests: "manifests",
        }
        await writeFile(path.join(folder, "edge.json"), JSON.stringify(settings))
        parts.handshake = () => pullAsChip({ host: NAME, port: httpsPort, address: "127.0.0.1" })
        parts.target = nginxTarget({ configuration, handshake: parts.handshake })
        assert.equal((await runHere(world)).exit, 0)
    })
    after(async () => {
        await nginx?.stop()
        await world?.stop()
    })

    /** The real command, by the world's clock, killed before one of its steps, if any. */
    async function command(killBefore: string): Promise<Ended> {
        await writeFile(trace, "")
        await writeFile(clock, String((world.parts.now().getTime() - Date.now()) / 1000))
        const env = {
            ...process.env,
            NODE_OPTIONS: preloads.map(url => `--import ${url}`).join(" "),
            AIRPIN_CLOCK_FILE: clock,
            AIRPIN_KILL_TRACE: trace,
            AIRPIN_KILL_FOLDER: world.folder,
            AIRPIN_KILL_BEFORE: killBefore,
        }
        return new Promise<Ended>(resolve => {
            const args = [BIN, "renew", "--folder", world.folder, "--json"]
            execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
                if (stdout !== "") return resolve(endOf(parseEdgeStatus(stdout)))
                resolve({
                    exit: error?.signal === "SIGKILL" ? KILLED : Number(error?.code),
                    code: undefined,
                    text: stderr,
                })
            })
        })
    }

    const killed = async (killBefore: string) => {
        const during = () => command(killBefore)
        await suffer(world, { begin: () => () => undefined, during, exit: KILLED, serves: "either" })
    }

    for (const [title, line] of [
        ["it is killed (kill -9) before it completes what is staged", "rename staging/N/ready.json 1"],
        ["it is killed (kill -9) before it links the new version", "rename live 1"],
        ["it is killed (kill -9) before it has nginx check the new certificate", "spawn nginx -t 1"],
        ["it is killed (kill -9) before it sees what nginx presents after the reload", "spawn openssl 2"],
    ] as const)
        it(title, () => killed(line))

    it("it is killed (kill -9) between any two steps", async function () {
        if (!isFull) return this.skip() // AIRPIN_MISHAPS=full
        this.timeout(FULL_TIMEOUT_MS)
        await suffer(world, { begin: () => () => undefined, during: () => command(""), exit: 0, serves: "new" })
        const last = (await readFile(trace, "utf8")).trim().split("\n").length
        for (let step = 1; step <= last; step++) await killed(String(step))
        console.log(`        killed before each of ${last} steps`)
    })
})
