import { randomBytes } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { DEVICE_ID_PATTERN } from "./schemas.ts"
import { withdrawsCommand } from "./store/device-state.ts"
import type { Device, DeviceSettings, SettingValues } from "./store/records.ts"
import type { Store } from "./store/store.ts"

/** 192 bits cannot be guessed, so the stored hash needs neither a salt nor a slow algorithm. */
const TOKEN_BYTES = 24

/** A name for people: 1 to 64 printable characters. */
const NAME_PATTERN = /^\P{C}{1,64}$/u

/** Bearer tokens as RFC 6750 section 2.1 writes them in a header. */
const BEARER_PATTERN = /^Bearer ([A-Za-z0-9._~+/-]{1,128}=*)$/i

export interface DeviceRequest {
    /** fits DEVICE_ID_PATTERN; random when absent */
    id?: string
    /** for people; defaults to the id */
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
    return { device: knownDevice(store, id), token }
}

/** @throws AirpinError DEVICE_UNKNOWN */
export function knownDevice(store: Store, id: string): Device {
    const device = store.device(id)
    if (device === undefined) throw new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
    return device
}

/** Every device, revoked ones too, by id. */
export function listDevices(store: Store): Device[] {
    return store.devices()
}

/**
 * Revokes a device's token, effective at once; its readings stay.
 *
 * @param revokedAt Unix seconds
 * @throws AirpinError DEVICE_UNKNOWN
 */
export function revokeDevice(store: Store, id: string, revokedAt: number): void {
    store.revokeDevice(id, revokedAt)
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
export function setDevice(
    store: Store,
    id: string,
    changes: SettingValues,
    setAt: number,
): { settings: DeviceSettings; withdrawn: boolean } {
    if (store.device(id)?.revokedAt != null) {
        throw new AirpinError("DEVICE_REVOKED", `the token of ${id} is revoked, so it cannot receive settings`)
    }
    const withdrawn = withdrawsCommand(store.deviceState(id).settings, changes)
    return { settings: store.setDesired(id, changes, setAt), withdrawn }
}

/**
 * Returns the device whose token an `Authorization` header holds.
 *
 * The token is looked up by its SHA-256, so no secret has to be compared in
 * constant time: the duration of the lookup may reveal something about a hash,
 * but nothing about the token that has it.
 *
 * @throws AirpinError TOKEN_MISSING, TOKEN_UNKNOWN, TOKEN_REVOKED; no message holds the token
 */
export function authenticate(store: Store, authorization: string | undefined): Device {
    if (authorization === undefined) throw new AirpinError("TOKEN_MISSING", "the request has no bearer token")
    const token = BEARER_PATTERN.exec(authorization)?.[1]
    const device = token === undefined ? undefined : store.deviceOfToken(sha256Of(token))
    if (device === undefined) throw new AirpinError("TOKEN_UNKNOWN", "no device has this token")
    if (device.revokedAt !== null) throw new AirpinError("TOKEN_REVOKED", `the token of ${device.id} is revoked`)
    return device
}

function checkedId(id: string): string {
    if (new RegExp(DEVICE_ID_PATTERN).test(id)) return id
    throw new AirpinError("DEVICE_ID_INVALID", `${JSON.stringify(id)} is not a valid device id`)
}

function checkedName(name: string): string {
    if (NAME_PATTERN.test(name)) return name
    throw new AirpinError("DEVICE_NAME_INVALID", `${JSON.stringify(name)} is not a valid device name`)
}
