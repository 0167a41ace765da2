import { randomBytes } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { type SettingValues, withdrawsCommand } from "./desired-settings.ts"
import type { DeviceSettings } from "./store/device-state.ts"
import type { Device, Store } from "./store/store.ts"

/** 192 bits: not to be guessed, so the stored hash needs no salt and no slowness. */
const TOKEN_BYTES = 24

/** A device id: a word of a URL and of a file name. */
export const DEVICE_ID_PATTERN = "^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$"

/** What people may call a device: up to 64 printable characters. */
const NAME_PATTERN = /^\P{C}{1,64}$/u

/** Bearer tokens as RFC 6750 section 2.1 writes them in a header. */
const BEARER_PATTERN = /^Bearer ([A-Za-z0-9._~+/-]{1,128}=*)$/i

export interface DeviceRequest {
    /** a slug; made up when absent */
    id?: string
    /** for people; the id when absent */
    name?: string
    /** Unix seconds */
    createdAt: number
}

/**
 * Registers a device. Its token is returned here and nowhere else: the store
 * keeps only the SHA-256.
 *
 * @returns token: 32 characters of base64url
 * @throws AirpinError DEVICE_ID_INVALID, DEVICE_NAME_INVALID, DEVICE_EXISTS
 */
export function addDevice(store: Store, request: DeviceRequest): { device: Device; token: string } {
    const id = checkedId(request.id ?? `air-${randomBytes(4).toString("hex")}`)
    const name = checkedName(request.name ?? id)
    const token = randomBytes(TOKEN_BYTES).toString("base64url")
    store.addDevice({ id, name, tokenSha256: sha256Of(token), createdAt: request.createdAt })
    return { device: store.device(id)!, token }
}

/** Every device, revoked ones too, by id. */
export function listDevices(store: Store): Device[] {
    return store.devices()
}

/**
 * Ends a device's token at once; its readings stay.
 *
 * @param revokedAt Unix seconds
 * @throws AirpinError DEVICE_UNKNOWN
 */
export function revokeDevice(store: Store, id: string, revokedAt: number): void {
    store.revokeDevice(id, revokedAt)
}

/**
 * Asks a device for settings, as a new revision; it is told in the answer to
 * its next post.
 *
 * @param setAt Unix seconds
 * @returns withdrawn: a command of the revision before, which it has not applied, is no longer asked for
 * @throws AirpinError DEVICE_UNKNOWN, DEVICE_REVOKED
 */
export function setDevice(
    store: Store,
    id: string,
    changes: SettingValues,
    setAt: number,
): { settings: DeviceSettings; withdrawn: boolean } {
    if (store.device(id)?.revokedAt != null) {
        throw new AirpinError(
            "DEVICE_REVOKED",
            `the token of ${id} was revoked, so it will never ask`,
            "choose another device: airpin device list",
        )
    }
    const before = store.deviceState(id).settings
    const isPending = before !== null && before.applied?.revision !== before.revision
    const withdrawn = isPending && withdrawsCommand(before.desired, changes)
    return { settings: store.setDesired(id, changes, setAt), withdrawn }
}

/**
 * The device an `Authorization` header belongs to.
 *
 * The token is looked up by its hash, so there is no secret to compare in
 * constant time: what the lookup's duration tells about a hash is no help
 * towards a token that has it.
 *
 * @throws AirpinError TOKEN_MISSING, TOKEN_UNKNOWN, TOKEN_REVOKED; none holds the token
 */
export function authenticate(store: Store, authorization: string | undefined): Device {
    if (authorization === undefined) throw new AirpinError("TOKEN_MISSING", "the request has no bearer token")
    const token = BEARER_PATTERN.exec(authorization)?.[1]
    const device = token === undefined ? undefined : store.deviceOfToken(sha256Of(token))
    if (device === undefined) throw new AirpinError("TOKEN_UNKNOWN", "no device has this token")
    if (device.revokedAt !== null) throw new AirpinError("TOKEN_REVOKED", `the token of ${device.id} was revoked`)
    return device
}

function checkedId(id: string): string {
    if (new RegExp(DEVICE_ID_PATTERN).test(id)) return id
    throw new AirpinError(
        "DEVICE_ID_INVALID",
        `${JSON.stringify(id)} can not be a device id`,
        "use 1 to 32 of a-z, 0-9 and -, no - at an end",
    )
}

function checkedName(name: string): string {
    if (NAME_PATTERN.test(name)) return name
    throw new AirpinError(
        "DEVICE_NAME_INVALID",
        `${JSON.stringify(name)} can not be a device name`,
        "use 1 to 64 printable characters",
    )
}
