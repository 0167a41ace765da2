/** Finds the device that a person means. */
import { AirpinError } from "../../../certs/error.ts"
import type { Sql } from "./database.ts"

/**
 * The id of the device with this id, or else of the only one with this name.
 *
 * @throws AirpinError DEVICE_UNKNOWN, DEVICE_AMBIGUOUS
 */
export async function deviceIdOf(sql: Sql, idOrName: string): Promise<string> {
    const devices = await sql
        .selectFrom("devices")
        .select(["id", "name", "revokedAt"])
        .where(({ or, eb }) => or([eb("id", "=", idOrName), eb("name", "=", idOrName)]))
        .orderBy("id")
        .execute()
    const [first, ...others] = devices
    if (first === undefined)
        throw new AirpinError(
            "DEVICE_UNKNOWN",
            `there is no device with the id or the name ${JSON.stringify(idOrName)}`,
        )
    const hasId = devices.some(({ id }) => id === idOrName)
    if (hasId || others.length === 0) return hasId ? idOrName : first.id
    const ids = devices.map(({ id, revokedAt }) => (revokedAt === null ? id : `${id} (revoked)`)).join(", ")
    throw new AirpinError(
        "DEVICE_AMBIGUOUS",
        `${devices.length} devices have the name ${JSON.stringify(idOrName)}: ${ids}`,
    )
}
