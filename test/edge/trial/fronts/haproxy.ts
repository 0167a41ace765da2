/** Debian's HAProxy with the configuration of `airpin edge haproxy`, two processes of the API behind it. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import type { KeyType } from "../../../../certs/x509/issue.ts"
import { freePorts } from "../../../ha/cluster/ports.ts"
import { Program } from "../../../ha/cluster/program.ts"
import { until } from "../../../ha/cluster/waiting.ts"
import { NAME, shakeHands } from "../trial-world.ts"
import { type FrontKind, forceRound, scaleDurations, siteOptions } from "./front.ts"

const START_LIMIT_MS = 10_000

export const haproxyFront: FrontKind = {
    name: "HAProxy",
    programs: ["haproxy"],
    sources: ["own client"],
    async start(world) {
        const { folder, resources, airpin, startApis } = world
        const upstreams = await startApis(2)
        const place = path.join(folder, "haproxy")
        const file = path.join(place, "haproxy.cfg")
        const [challenge = 0] = await freePorts(1)
        const configure = async (keyType: KeyType) => {
            const own = ["--out", file, "--socket", path.join(place, "haproxy.sock"), "--rootless"]
            const more = ["--challenge", `127.0.0.1:${challenge}`, "--key-type", keyType]
            const behind = upstreams.flatMap(upstream => ["--upstream", upstream])
            await airpin(["edge", "haproxy", "--domain", NAME, ...siteOptions(world), ...own, ...more, ...behind])
            await writeFile(file, scaleDurations(await readFile(file, "utf8"), ["timeout http-keep-alive"], world))
        }
        await mkdir(place)
        await configure("P-256")
        const program = new Program({
            name: "haproxy",
            command: "haproxy",
            args: ["-db", "-f", file],
            place: { folder: place, logs: place, account: undefined },
        })
        resources.add(() => program.kill())
        program.start()
        await until("HAProxy", START_LIMIT_MS, () => shakeHands(world)).catch(cause => {
            throw new Error(`HAProxy does not start:\n${program.lastLines()}`, { cause })
        })
        return {
            useKeyType: configure,
            renew: () => forceRound(world),
        }
    },
}
