/** What a class set needs of the server, in its database or over its API, and how the devices of a list get there. */
import { AirpinError } from "../../certs/error.ts"
import type { Manifest } from "../image/manifest/manifest.ts"
import type { FleetDevice } from "./list/check-list.ts"
import type { FleetState } from "./state.ts"

export interface ServerDevice {
    id: string
    name: string
    /** Unix seconds; null: it has never posted */
    lastSeenAt: number | null
}

export interface FleetServer {
    /** for people: the file or address */
    place: string
    list(): Promise<ServerDevice[]>
    add(name: string): Promise<{ id: string; token: string }>
    /** a new token; the old one is refused from now on */
    rotate(id: string): Promise<string>
    /** @param groups by device id @returns how many rooms it changed */
    setGroups(groups: Map<string, string>): Promise<number>
    /** stores what a device trusts as flashed; undefined where only the database takes it */
    storePins?(id: string, manifest: Manifest): Promise<void>
}

/**
 * Adds the devices that the server does not have yet.
 *
 * @param adopt take over devices of these names that were not added by this list
 * @returns the tokens that it got, by name
 * @throws AirpinError FLEET_DEVICE_EXISTS before anything is added; the errors of the server
 */
export async function addDevices(
    devices: FleetDevice[],
    {
        state,
        server,
        adopt,
        onAdded,
    }: { state: FleetState; server: FleetServer; adopt: boolean; onAdded(name: string): void },
): Promise<Map<string, string>> {
    const present = await server.list()
    const tokens = new Map<string, string>()
    const missing = devices.filter(({ name }) => !present.some(({ id }) => id === state.of(name).id))
    const namesakes = new Map(
        missing.flatMap(({ name }) => {
            const found = present.find(device => device.name === name || device.id === name)
            return found ? [[name, found]] : []
        }),
    )
    const foreign = missing.filter(({ name }) => namesakes.has(name) && !adopt && !state.of(name).adding)
    if (foreign.length > 0)
        throw new AirpinError(
            "FLEET_DEVICE_EXISTS",
            `${server.place} has already: ${foreign.map(({ name }) => name).join(", ")}`,
        )
    for (const { name } of missing) {
        await state.change(name, { adding: true, id: undefined, image: undefined })
        const namesake = namesakes.get(name)
        const { id, token } = namesake
            ? { id: namesake.id, token: await server.rotate(namesake.id) }
            : await server.add(name)
        await state.change(name, { adding: undefined, id, firstReadingAt: undefined })
        tokens.set(name, token)
        onAdded(name)
    }
    return tokens
}
