/** The server of a class set over its API, as an admin who logs in. */
import { type ApiClient, bodyOf, connectTo, logIn } from "../../api/client/client.ts"
import { groupOf } from "../../api/site/site.ts"
import type { Terminal } from "../../display/terminal.ts"
import { withGroups } from "../../fleet/groups.ts"
import type { FleetServer } from "../../fleet/server.ts"
import { httpsAddress, textOf } from "../service/remote-devices.ts"

export interface RemoteOptions {
    api: string
    ca?: string | undefined
    admin: string
    /** a file with it; asked for when absent */
    password?: string | undefined
}

/** An admin at a server. */
export interface LogIn {
    /** https://HOST[:PORT] */
    url: string
    /** those of Node.js when absent */
    rootPem?: string | undefined
    name: string
    password: string
}

interface LoggedIn {
    url: string
    client: ApiClient
}

/**
 * Logs in as an admin.
 *
 * @throws AirpinError SERVER_ADDRESS_INVALID, SERVER_UNREACHABLE, PASSWORD_WRONG, LOGIN_BUSY
 */
export async function logInAt(options: RemoteOptions, terminal: Terminal): Promise<LoggedIn> {
    const url = httpsAddress(options.api, "--api").origin
    const rootPem = options.ca === undefined ? undefined : await textOf(options.ca)
    const password =
        options.password === undefined
            ? await terminal.secret(`password of ${options.admin} at ${url}: `)
            : await textOf(options.password)
    return logInAs({ url, rootPem, name: options.admin, password })
}

async function logInAs({ url, rootPem, name, password }: LogIn): Promise<LoggedIn> {
    const cookie = await logIn({ url, rootPem }, name, password)
    return { url, client: connectTo({ url, rootPem, cookie }) }
}

/** @throws AirpinError as `logInAt` */
export async function remoteServer(options: RemoteOptions, terminal: Terminal): Promise<FleetServer> {
    return serverOf(await logInAt(options, terminal))
}

/** @throws AirpinError PASSWORD_WRONG, LOGIN_BUSY, SERVER_UNREACHABLE */
export async function loggedIn(admin: LogIn): Promise<FleetServer> {
    return serverOf(await logInAs(admin))
}

function serverOf({ url, client }: LoggedIn): FleetServer {
    return {
        place: url,
        list: async () => (await bodyOf(client.GET("/api/v1/devices"), url)).devices,
        add: name => bodyOf(client.POST("/api/v1/devices", { body: { name } }), url),
        rotate: async id =>
            (await bodyOf(client.POST("/api/v1/devices/{id}/token", { params: { path: { id } } }), url)).token,
        setGroups: async groups => {
            const site = await bodyOf(client.GET("/api/v1/site"), url)
            const changed = [...groups].filter(([id, group]) => groupOf(site, id) !== group).length
            if (changed > 0) await bodyOf(client.PUT("/api/v1/site", { body: withGroups(site, groups) }), url)
            return changed
        },
    }
}
