// @ts-check
/**
 * What the page asks the server. The types are those of its OpenAPI document.
 *
 * @import { Device, paths } from "../client/api-types.ts"
 *
 * @typedef {paths["/api/v1/devices"]["get"]["responses"][200]["content"]["application/json"]} DeviceList
 * @typedef {paths["/api/v1/devices/{id}/readings"]["get"]["responses"][200]["content"]["application/json"]} Readings
 *
 * @typedef {paths["/api/v1/edge"]["get"]["responses"][200]["content"]["application/json"]} Edge
 * @typedef {paths["/api/v1/session"]["get"]["responses"][200]["content"]["application/json"]} Session
 *
 * @typedef {object} Listener what is done with each event of the stream
 * @property {(now: number, ids: string[]) => void} onDevices which devices there are
 * @property {(now: number, device: Device) => void} onDevice
 * @property {() => void} onEvent after each of these, and every 10 s besides
 * @property {() => void} onError the stream has broken off; the browser may be connecting again
 *
 * @typedef {object} Stream the part of EventSource that is used
 * @property {(name: string, listener: (event: {data: string}) => void) => void} addEventListener
 * @property {() => void} close
 */

const RESPONSE_TIMEOUT_MS = 8_000

/** @returns {Promise<DeviceList>} */
export async function askDevices() {
    return await ask("api/v1/devices")
}

/**
 * Who is logged in.
 *
 * @returns {Promise<Session>}
 */
export async function askSession() {
    return await ask("api/v1/session")
}

/**
 * The certificate that `airpin renew` looks after; for admins.
 *
 * @returns {Promise<Edge>}
 */
export async function askEdge() {
    return await ask("api/v1/edge")
}

/**
 * Means of the readings of a device.
 *
 * @param {string} id
 * @param {{from: number, to: number, step: number}} query
 * @returns {Promise<Readings>}
 */
export async function askReadings(id, { from, to, step }) {
    return await ask(`api/v1/devices/${id}/readings?from=${from}&to=${to}&step=${step}`)
}

/**
 * Listens to the changes of devices.
 *
 * @param {Listener} listener
 * @returns {Stream}
 */
export function listen({ onDevices, onDevice, onEvent, onError }) {
    /** @type {new (url: string) => Stream} */
    const EventSource = Reflect.get(globalThis, "EventSource")
    const stream = new EventSource("api/v1/stream")
    /** @type {(name: string, take: (data: {now: number, ids: string[], device: Device}) => void) => void} */
    const on = (name, take) =>
        stream.addEventListener(name, ({ data }) => {
            take(JSON.parse(data))
            onEvent()
        })
    on("devices", ({ now, ids }) => onDevices(now, ids))
    on("device", ({ now, device }) => onDevice(now, device))
    on("time", () => undefined)
    stream.addEventListener("error", onError)
    return stream
}

/**
 * @template Result
 * @param {string} path
 * @returns {Promise<Result>}
 */
async function ask(path) {
    const response = await fetch(path, { signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) })
    if (response.status === 401) Reflect.get(globalThis, "location").replace("log-in")
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return /** @type {Result} */ (await response.json())
}
