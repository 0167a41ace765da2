/** Debian's nginx with the site of `airpin edge nginx`, as the user that runs the trial. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import type { KeyType } from "../../../../certs/x509/issue.ts"
import { LocalNginx } from "../../../../devs/bench/edge/local-nginx.ts"
import { changeSettings } from "../../../../devs/edge/site/site-file.ts"
import { NAME, type TrialWorld } from "../trial-world.ts"
import { type FrontKind, forceRound, scaleDurations, siteOptions, sourceNames } from "./front.ts"

const DURATIONS = ["keepalive_timeout", "keepalive_time"]

export const nginxFront: FrontKind = {
    name: "nginx",
    programs: ["nginx"],
    sources: sourceNames,
    async start(world, source) {
        const { folder, httpsPort, resources, airpin, startApis } = world
        const [upstream = ""] = await startApis(1)
        const place = path.join(folder, "nginx")
        const site = path.join(place, "site.conf")
        const configure = async (keyType: KeyType) => {
            const webroot = path.join(folder, "www")
            const own = ["--upstream", upstream, "--webroot", webroot, "--out", site, "--key-type", keyType]
            const certbot = source === "certbot" ? ["--certbot"] : []
            await airpin(["edge", "nginx", "--domain", NAME, ...siteOptions(world), ...own, ...certbot])
            await adapt(world, site, path.join(place, "nginx.conf"))
        }
        await mkdir(place)
        await configure("P-256")
        const nginx = await LocalNginx.start({ folder: place, site, httpsPort })
        resources.add(() => nginx.stop())
        return {
            useKeyType: configure,
            renew: () => forceRound(world),
        }
    },
}

/** Its own folder, and the trial's time: nginx would put the real one into `Date`, which sets the device's clock. */
async function adapt(world: TrialWorld, site: string, configuration: string): Promise<void> {
    await writeFile(site, scaleDurations(await readFile(site, "utf8"), DURATIONS, world))
    await writeFile(path.join(world.edgeFolder, "airpin.d", "trial.conf"), "proxy_pass_header Date;\n")
    await changeSettings(world.edgeFolder, { target: { kind: "nginx", configuration } })
}
