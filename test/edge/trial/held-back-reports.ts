/** Where a chain that is held back is reported: by the round, `renew --status`, the database, /metrics. */
import https from "node:https"
import type { EdgeStatus } from "../../../certs/edge-status.ts"
import { readEdgeStatus } from "../../../devs/api/pins/edge-state.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { FIRST_ROOT } from "./changes.ts"
import { NAME, type TrialWorld } from "./trial-world.ts"

/** What is wrong with the reports; empty if all of them name the device. */
export async function reportedFaults(
    world: TrialWorld,
    status: EdgeStatus,
    { id, name }: { id: string; name: string },
): Promise<string[]> {
    const { airpin, edgeFolder } = world
    const shown = (await airpin(["renew", "--status", "--folder", edgeFolder], [20])).stdout
    const metric = /^airpin_edge_held_back(?:\{.*\})? (\d+)$/m.exec(await metrics(world))?.[1]
    return [
        ...(isNamed(status, id) ? [] : ["the round does not name the device"]),
        ...(shown.includes(name) ? [] : [`renew --status does not name the device:\n${shown}`]),
        ...(isNamed(await statusInDatabase(world), id) ? [] : ["the database does not have the device's name"]),
        ...(Number(metric) > 0 ? [] : [`/metrics: airpin_edge_held_back is ${metric}`]),
    ]
}

const isNamed = (status: EdgeStatus | undefined, id: string): boolean =>
    status !== undefined &&
    status.outcome === "refused" &&
    status.heldBack.length > 0 &&
    status.heldBack.every(({ devices }) => devices.some(device => device.id === id))

async function statusInDatabase({ database }: TrialWorld): Promise<EdgeStatus | undefined> {
    const db = await openDatabase(database)
    try {
        return await readEdgeStatus(db.sql)
    } finally {
        await db.close()
    }
}

/** Through the front, as a monitor reads them. */
async function metrics({ airpin, database, facade, httpsPort }: TrialWorld): Promise<string> {
    const { token } = JSON.parse((await airpin(["--json", "link", "add", "Monitor", "--db", database])).stdout)
    const ca = await facade.maker.rootPem(FIRST_ROOT)
    return new Promise((resolve, reject) => {
        const place = { host: "127.0.0.1", port: httpsPort, servername: NAME, ca, path: "/metrics", agent: false }
        const headers = { host: `${NAME}:${httpsPort}`, authorization: `Bearer ${token}` }
        const request = https.get({ ...place, headers }, response => {
            let text = ""
            response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
            response.once("end", () => resolve(text))
        })
        request.once("error", reject)
    })
}
