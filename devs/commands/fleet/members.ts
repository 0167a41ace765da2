/** The devices of a fleet, with what they trust, from the server's database or over its API. */
import { bodyOf } from "../../api/client/client.ts"
import { listPins } from "../../api/pins/device-pins.ts"
import { groupOf } from "../../api/site/site.ts"
import { readSite } from "../../api/site/site-store.ts"
import { listDevices } from "../../api/store/devices.ts"
import type { Terminal } from "../../display/terminal.ts"
import type { FleetMember } from "../../fleet/trust/fleet-trust.ts"
import { withExistingDatabase } from "../service/open-database.ts"
import { logInAt, type RemoteOptions } from "./remote-server.ts"

/** Those that are not revoked, by id. @throws AirpinError DATABASE_MISSING */
export function localMembers(place: string, terminal: Terminal): Promise<FleetMember[]> {
    return withExistingDatabase(place, terminal, async ({ sql }) => {
        const site = await readSite(sql)
        const seen = new Map((await listDevices(sql)).map(({ id, lastSeenAt }) => [id, lastSeenAt]))
        return (await listPins(sql)).map(({ id, name, pins }) => ({
            id,
            name,
            group: groupOf(site, id),
            lastSeenAt: seen.get(id) ?? null,
            ...(pins && { pins }),
        }))
    })
}

/** Those that are not revoked. @throws AirpinError as `logInAt`, and what the API replied with */
export async function remoteMembers(options: RemoteOptions, terminal: Terminal): Promise<FleetMember[]> {
    const { url, client } = await logInAt(options, terminal)
    const site = await bodyOf(client.GET("/api/v1/site"), url)
    const { devices } = await bodyOf(client.GET("/api/v1/devices"), url)
    const members: FleetMember[] = []
    for (const { id, name, lastSeenAt, revokedAt } of devices) {
        if (revokedAt !== null) continue
        terminal.progress(`what ${name} trusts …`)
        const { pins } = await bodyOf(client.GET("/api/v1/devices/{id}/pins", { params: { path: { id } } }), url)
        const held = pins && { ...pins, bundle: Buffer.from(pins.bundle, "base64") }
        members.push({ id, name, lastSeenAt, group: groupOf(site, id), ...(held && { pins: held }) })
    }
    return members
}
