import { randomBytes } from "node:crypto"
import { LRUCache } from "lru-cache"
import { AirpinError } from "../../certs/error.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { DEVICE_ID_PATTERN } from "./schemas.ts"
import { writeLimitsOfNew } from "./site/device-limits.ts"
import { lockSite } from "./site/site-store.ts"
import type { Database } from "./store/database.ts"
import { setDesired, withdrawsCommand } from "./store/device-state.ts"
import { changeDevice, knownDevice, ownerOfToken, writeDevice } from "./store/devices.ts"
import type { Device, DeviceSettings, SettingValues } from "./store/records.ts"

/** 192 bits cannot be guessed, so the stored hash needs neither a salt nor a slow algorithm. */
const TOKEN_BYTES = 24

/** A name for people: 1 to 64 printable characters. */
export const DEVICE_NAME_PATTERN = "^\\P{C}{1,64}$"

/** Bearer tokens as RFC 6750 section 2.1 writes them in a header. */
const BEARER_PATTERN = /^Bearer ([A-Za-z0-9._~+/-]{1,128}=*)$/i

/** Tokens that are remembered, and for how long: the transaction that stores a batch checks its token again. */
const MAX_CACHED_TOKENS = 10_000
const CACHED_MS = 5_000

export interface DeviceRequest {
    /** fits DEVICE_ID_PATTERN; random when absent */
    id?: string
    /** for people; defaults to the id */
    name?: string
    /** Unix seconds */
    createdAt: number
}

/**
 * Registers a device. Its token is returned here and nowhere else: the database
 * keeps only the SHA-256. Where the site has other limits of CO2 than devices have by themselves, they become its desired
 * settings.
 *
 * @returns token: 32 characters of base64url
 * @throws AirpinError DEVICE_ID_INVALID, DEVICE_NAME_INVALID, DEVICE_EXISTS
 */
export async function addDevice(db: Database, request: DeviceRequest): Promise<{ device: Device; token: string }> {
    const id = checkedId(request.id ?? `air-${randomBytes(4).toString("hex")}`)
    const name = checkedName(request.name ?? id)
    const token = newToken()
    const { createdAt } = request
    await db.transaction(async sql => {
        const site = await lockSite(sql)
        await writeDevice(sql, { id, name, tokenSha256: sha256Of(token), createdAt })
        await writeLimitsOfNew(sql, site, id, createdAt)
    })
    return { device: await knownDevice(db.sql, id), token }
}

/** A name that is a valid id becomes the id too; for any other name an id is generated. */
export function idOrName(name: string): { id?: string; name: string } {
    return new RegExp(DEVICE_ID_PATTERN).test(name) ? { id: name, name } : { name }
}

/**
 * Gives a device a new token, which is valid from now on, even if the device was revoked. The one before is refused.
 *
 * @returns the token: 32 characters of base64url
 * @throws AirpinError DEVICE_UNKNOWN
 */
export async function rotateToken(db: Database, id: string): Promise<string> {
    const token = newToken()
    await changeDevice(db, id, { tokenSha256: sha256Of(token), revokedAt: null })
    return token
}

/** @throws AirpinError DEVICE_UNKNOWN, DEVICE_NAME_INVALID */
export async function renameDevice(db: Database, id: string, name: string): Promise<void> {
    await changeDevice(db, id, { name: checkedName(name) })
}

/**
 * Sets desired settings, as a new revision. The device receives them in the
 * response to its next post.
 *
 * @param setAt Unix seconds
 * @returns withdrawn: true if the previous revision held a command that the device had not applied, and this one
 * does not
 * @throws AirpinError DEVICE_UNKNOWN, DEVICE_REVOKED
 */
export async function setDevice(
    db: Database,
    id: string,
    changes: SettingValues,
    setAt: number,
): Promise<{ settings: DeviceSettings; withdrawn: boolean }> {
    const { revokedAt } = await knownDevice(db.sql, id)
    if (revokedAt !== null)
        throw new AirpinError("DEVICE_REVOKED", `the token of ${id} is revoked, so it cannot receive settings`)
    const { settings, before } = await setDesired(db, id, changes, setAt)
    return { settings, withdrawn: withdrawsCommand(before, changes) }
}

/** A device whose token a request has. */
export interface TokenHolder {
    id: string
    tokenSha256: string
}

/** Finds the devices of bearer tokens. */
export class DeviceTokens {
    readonly #db: Database
    readonly #known = new LRUCache<string, TokenHolder>({ max: MAX_CACHED_TOKENS, ttl: CACHED_MS })

    constructor(db: Database) {
        this.#db = db
    }

    /**
     * The device whose token an `Authorization` header holds.
     *
     * The token is looked up by its SHA-256, so no secret has to be compared in
     * constant time: the duration of the lookup may reveal something about a hash,
     * but nothing about the token that has it.
     *
     * @throws AirpinError TOKEN_MISSING, TOKEN_UNKNOWN, TOKEN_REVOKED; no message holds the token
     */
    async holder(authorization: string | undefined): Promise<TokenHolder> {
        if (authorization === undefined) throw new AirpinError("TOKEN_MISSING", "the request has no bearer token")
        const token = BEARER_PATTERN.exec(authorization)?.[1]
        if (token === undefined) throw unknownToken()
        const tokenSha256 = sha256Of(token)
        const known = this.#known.get(tokenSha256)
        if (known) return known
        const device = await ownerOfToken(this.#db.sql, tokenSha256)
        if (device === undefined) throw unknownToken()
        if (device.revokedAt !== null) throw new AirpinError("TOKEN_REVOKED", `the token of ${device.id} is revoked`)
        const holder = { id: device.id, tokenSha256 }
        this.#known.set(tokenSha256, holder)
        return holder
    }
}

function unknownToken(): AirpinError {
    return new AirpinError("TOKEN_UNKNOWN", "no device has this token")
}

const newToken = () => randomBytes(TOKEN_BYTES).toString("base64url")

function checkedId(id: string): string {
    if (new RegExp(DEVICE_ID_PATTERN).test(id)) return id
    throw new AirpinError("DEVICE_ID_INVALID", `${JSON.stringify(id)} is not a valid device id`)
}

/** @throws AirpinError DEVICE_NAME_INVALID */
export function checkedName(name: string): string {
    if (new RegExp(DEVICE_NAME_PATTERN, "u").test(name)) return name
    throw new AirpinError("DEVICE_NAME_INVALID", `${JSON.stringify(name)} is not a valid device name`)
}
