/** Asks the server. */

import type { paths } from "../../client/api-types.ts"
import { askServer } from "../shared/api.ts"
import type { CareData, Recalibration } from "./care-data.ts"

type Body<Path extends keyof paths> = paths[Path] extends {
    get: { responses: { 200: { content: { "application/json": infer Json } } } }
}
    ? Json
    : never

export class CareApi {
    readonly #root: string

    /** @param root way to the server's root */
    constructor(root: string) {
        this.#root = root
    }

    async read(): Promise<CareData> {
        const [{ now, devices }, { alerts }, { anchors, unknown }, { edge }, { links }, { timeZone, rooms }] =
            await Promise.all([
                this.#get<Body<"/api/v1/devices">>("api/v1/devices"),
                this.#get<Body<"/api/v1/alerts">>("api/v1/alerts"),
                this.#get<Body<"/api/v1/anchors">>("api/v1/anchors"),
                this.#get<Body<"/api/v1/edge">>("api/v1/edge"),
                this.#get<Body<"/api/v1/links">>("api/v1/links"),
                this.wall(),
            ])
        return { now, devices, alerts, anchors, edge, links, unpinned: unknown, timeZone, rooms }
    }

    async wall(): Promise<Pick<CareData, "now" | "timeZone" | "rooms">> {
        const { now, site, rooms } = await this.#get<Body<"/api/v1/wall">>("api/v1/wall")
        return { now, timeZone: site.timeZone, rooms: new Map(rooms.map(room => [room.id, room])) }
    }

    async recalibration(id: string): Promise<Recalibration> {
        const path = `api/v1/devices/${id}/recalibration`
        return (await this.#get<Body<"/api/v1/devices/{id}/recalibration">>(path)).recalibration
    }

    async set(id: string, settings: Record<string, number>): Promise<void> {
        await this.#send("PUT", `api/v1/devices/${id}/settings`, settings)
    }

    async rename(id: string, name: string): Promise<void> {
        await this.#send("PATCH", `api/v1/devices/${id}`, { name })
    }

    /** @returns the token, which is shown this once */
    add(name: string): Promise<{ id: string; token: string }> {
        return this.#send("POST", "api/v1/devices", { name })
    }

    /** @returns the token, which is shown this once */
    renewToken(id: string): Promise<{ id: string; token: string }> {
        return this.#send("POST", `api/v1/devices/${id}/token`)
    }

    async revoke(id: string): Promise<void> {
        await this.#send("DELETE", `api/v1/devices/${id}/token`)
    }

    #get<Json>(path: string): Promise<Json> {
        return this.#ask(path, {})
    }

    #send<Json>(method: string, path: string, body?: object): Promise<Json> {
        const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
        return this.#ask(path, { method, ...(body && json) })
    }

    #ask<Json>(path: string, options: RequestInit): Promise<Json> {
        return askServer(this.#root, path, options)
    }
}
