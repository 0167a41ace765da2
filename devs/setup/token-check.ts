/** Asks a server whether it knows a device's token, without storing anything. */
import { AirpinError } from "../../certs/error.ts"
import { bodyOf, connectTo, type ServerAddress } from "../api/client/client.ts"
import { settingOf } from "./checks.ts"

/** What the server says of the token, or of the server itself, before it looks at the batch. */
const REFUSALS = ["TOKEN_MISSING", "TOKEN_UNKNOWN", "TOKEN_REVOKED", "SERVER_UNREACHABLE"]

/**
 * Posts an empty batch: the server checks the token before it refuses the body.
 *
 * @returns the token
 * @throws AirpinError SETTING_INVALID for a token that the device would not use; TOKEN_UNKNOWN, TOKEN_REVOKED, SERVER_UNREACHABLE
 */
export async function checkToken(server: ServerAddress, token: string): Promise<string> {
    const text = settingOf("API_TOKEN", token.trim())
    const client = connectTo({ ...server, token: text })
    const body = { boot: "0", seq: 0, step: 0 }
    try {
        await bodyOf(client.POST("/api/v1/readings", { body, bodySerializer: () => "{}" }), server.url)
    } catch (error) {
        if (!(error instanceof AirpinError)) throw error
        if (error.code === "TOKEN_UNKNOWN" || error.code === "TOKEN_REVOKED")
            throw new AirpinError(error.code, `${server.url} refuses this token${detail(error)}`)
        if (REFUSALS.includes(error.code)) throw error
    }
    return text
}

const detail = ({ message }: AirpinError) => (message === "" ? "" : `: ${message}`)
