/** What the server has of the device, asked over its REST API as any reader would. */

import type { Device } from "../api/client/api-types.ts"
import { bodyOf, connectTo } from "../api/client/client.ts"
import type { LocalService } from "../testbed/local-service.ts"

/** How far back the latest readings are looked for. */
const SHOWN_S = 3600
const MAX_SHOWN = 8

export interface ServerReading {
    /** Unix seconds */
    time: number
    co2Ppm: number | null
    tvocPpb: number | null
    temperatureC: number | null
    humidityRh: number | null
}

export interface ServerFacts {
    lastSeenAt: number | null
    lost: number
    status: Device["status"]
    /** newest first, at most 8 */
    readings: ServerReading[]
}

export class ServerView {
    readonly logInUrl: string
    readonly #ask: () => Promise<ServerFacts>

    constructor({ url, authority, readerToken, logInUrl }: LocalService, id: string) {
        this.logInUrl = logInUrl
        const client = connectTo({ url, rootPem: authority.rootPem, token: readerToken })
        const params = { path: { id } }
        this.#ask = async () => {
            const { device } = await bodyOf(client.GET("/api/v1/devices/{id}", { params }), url)
            const { lastSeenAt, lost, status, latest } = device
            const query = { from: `${(latest?.time ?? 0) - SHOWN_S}`, to: `${latest?.time ?? 0}` }
            const { readings } = latest
                ? await bodyOf(client.GET("/api/v1/devices/{id}/readings", { params: { ...params, query } }), url)
                : { readings: [] }
            return { lastSeenAt, lost, status, readings: readings.slice(-MAX_SHOWN).reverse() }
        }
    }

    /** @throws AirpinError SERVER_UNREACHABLE, and what the API replies with */
    facts(): Promise<ServerFacts> {
        return this.#ask()
    }
}
