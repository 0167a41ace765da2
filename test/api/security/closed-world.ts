import type { InjectOptions, LightMyRequestResponse } from "fastify"
import { addAdmin } from "../../../devs/api/access/admins.ts"
import { addLink } from "../../../devs/api/access/links.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { co2Batch, NOW_S, openWorld, type World } from "../support/world.ts"

export const PASSWORD = "correct horse battery"

/** Of a browser that a page of the server makes send a form. */
export const sameOrigin = { "sec-fetch-site": "same-origin" }

/** A server that is not public, with two devices that have a reading, an admin, a link for everything and one for a room. */
export interface ClosedWorld extends World {
    /** tokens of the links */
    everything: string
    kitchenOnly: string
    /** logs the admin in, and returns the cookie as browsers send it */
    logIn(more?: InjectOptions): Promise<string>
    /** opens a link in a browser, and returns the cookie */
    open(token: string): Promise<string>
    as(credentials: object, url: string, method?: "GET" | "HEAD" | "POST" | "DELETE"): Promise<LightMyRequestResponse>
}

export async function openClosedWorld(options: Parameters<typeof openWorld>[1] = {}): Promise<ClosedWorld> {
    const world = await openWorld(undefined, { public: false, ...options })
    await addDevice(world.db, { id: "attic", name: "Attic", createdAt: NOW_S })
    for (const id of ["kitchen", "attic"]) await world.store.append(id, co2Batch(1, NOW_S - 60, [700]), NOW_S)
    await addAdmin(world.db, "ada", PASSWORD, NOW_S)
    const link = { role: "viewer", createdAt: NOW_S } as const
    const everything = await addLink(world.db, { name: "school", ...link })
    const kitchenOnly = await addLink(world.db, { name: "cook", device: "kitchen", ...link })
    return {
        ...world,
        everything,
        kitchenOnly,
        logIn: async more => cookieOf(await world.app.inject(logInRequest("ada", PASSWORD, more))),
        open: async token => cookieOf(await world.app.inject({ url: `/v/${token}` })),
        as: (headers, url, method = "GET") => world.app.inject({ method, url, headers: { ...headers } }),
    }
}

export function logInRequest(name: string, password: string, { headers, ...more }: InjectOptions = {}): InjectOptions {
    return {
        method: "POST",
        url: "/log-in",
        headers: { "content-type": "application/x-www-form-urlencoded", ...sameOrigin, ...headers },
        payload: new URLSearchParams({ name, password }).toString(),
        ...more,
    }
}

/** "name=value" of the cookie that a response sets. */
export function cookieOf(response: LightMyRequestResponse): string {
    return `${response.headers["set-cookie"]}`.split(";")[0]!
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
