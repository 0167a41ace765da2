/** `airpin serve --domain` alone: it obtains and renews its certificate itself. */
import type { EdgeStatus } from "../../../../certs/edge-status.ts"
import { outcomeExits, readStatus } from "../../../../devs/edge/renewal/report.ts"
import { until } from "../../../ha/cluster/waiting.ts"
import { renewalReplies } from "../../support/ca-facade.ts"
import { NAME, shakeHands, type TrialWorld } from "../trial-world.ts"
import type { FrontKind, Round } from "./front.ts"

const MINUTE_MS = 60_000
const START_LIMIT_MS = 30_000
const ROUND_LIMIT_MS = 60_000

export const serveFront: FrontKind = {
    name: "serve --domain",
    programs: [],
    sources: ["own client"],
    async start(world) {
        const { edgeFolder, httpPort, httpsPort, facade, pebble, serve } = world
        const ports = ["--host", "127.0.0.1", "--port", `${httpsPort}`, "--acme-port", `${httpPort}`]
        const ca = ["--acme-server", facade.directory, "--acme-ca", pebble.caFile, "--email", "owner@example.org"]
        const program = serve("serve", ["--domain", NAME, ...ports, ...ca, "--edge-folder", edgeFolder])
        await until("serve --domain", START_LIMIT_MS, () => shakeHands(world)).catch(cause => {
            throw new Error(`serve --domain does not start:\n${program.lastLines()}`, { cause })
        })
        let last: EdgeStatus | undefined
        return {
            /** Once the CA says that it is time; the first one it orders by itself. */
            async renew(): Promise<Round> {
                if (last) {
                    const nowMs = world.clock.now()
                    facade.renewalInfo = () => renewalReplies.window(nowMs - 30 * MINUTE_MS, nowMs - MINUTE_MS)
                    program.signal("SIGHUP") // a round now, instead of within some hours
                }
                last = await until("a round", ROUND_LIMIT_MS, () => newStatus(world, last))
                delete facade.renewalInfo
                return { exit: outcomeExits[last.outcome], status: last }
            },
        }
    },
}

async function newStatus({ edgeFolder }: TrialWorld, last: EdgeStatus | undefined): Promise<EdgeStatus | undefined> {
    const status = await readStatus(edgeFolder)
    return status?.at === last?.at ? undefined : status
}
