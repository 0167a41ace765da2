/** Devices as a running server shows them, over its API. */
import { Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../../certs/error.ts"
import { decodeText } from "../../../certs/read/text.ts"
import type { Device } from "../../api/client/api-types.ts"
import { bodyOf, connectTo } from "../../api/client/client.ts"
import { readFileBytes } from "../../files.ts"

export interface ServerOptions {
    server: string
    ca?: string | undefined
    token?: string | undefined
}

export const serverOption = () =>
    new Option("--server <url>", "ask this server instead of a database: https://HOST[:PORT]")
export const caOption = () => new Option("--ca <file>", "root certificate of the server's CA, PEM")
export const tokenOption = () => new Option("--token <file>", "file with the token of a link of the server")

/** @throws AirpinError SERVER_ADDRESS_INVALID, SERVER_UNREACHABLE; the error that the API replied with */
export async function remoteDevices({ server, ca, token }: ServerOptions): Promise<Device[]> {
    const url = httpsAddress(server, "--server")
    const client = connectTo({
        url: url.origin,
        rootPem: ca === undefined ? undefined : await textOf(ca),
        token: token === undefined ? undefined : await textOf(token),
    })
    return (await bodyOf(client.GET("/api/v1/devices"), url.origin)).devices
}

/**
 * @param option for messages
 * @throws AirpinError SERVER_ADDRESS_INVALID
 */
export function httpsAddress(text: string, option: string): URL {
    const url = URL.canParse(text) ? new URL(text) : undefined
    // nothing secret is sent over HTTP, and it needs no user name besides
    if (url?.protocol === "https:" && url.username === "") return url
    throw new AirpinError("SERVER_ADDRESS_INVALID", `${option} is not the address of an HTTPS server`)
}

export async function textOf(file: string): Promise<string> {
    return decodeText(await readFileBytes(file)).trim()
}
