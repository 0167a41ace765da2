/** Schema of the status in a post, and how much of one that does not fit it is kept. */
import type { FastifySchemaValidationError } from "fastify/types/schema.js"
import { remoteSettingNames, type Status } from "../../src/wire.ts"
import { countSchema, MAX_COUNT, restartReasonsText } from "./schemas.ts"
import type { ReportedStatus } from "./store/records.ts"
import { sensorErrorTerms } from "./terms.ts"

/** Sensors on the bus of one device. */
const MAX_SENSORS = 8

/** Refused names in a report: more than there are settings, for later firmware has more. */
const MAX_REFUSED = 32
if (remoteSettingNames().length > MAX_REFUSED) throw new Error("a device may refuse more settings than MAX_REFUSED")

/** Misfitting parts after which the whole status is dropped: the status is validated again after each. */
const MAX_UNREAD = 16

/** Characters of the path of such a part that are kept. */
const MAX_UNREAD_LENGTH = 64

/** States and reasons of later firmware are kept as they are, because leaving one out would mean "ready". */
const TERM_PATTERN = "^[0-9a-z-]{1,16}$"

const sensorProperties = {
    state: {
        type: "string",
        pattern: TERM_PATTERN,
        description: "absent, starting, warming or failed; without it: ready",
    },
    nack: countSchema(`measurements since the start: ${sensorErrorTerms.nack}`),
    crc: countSchema(sensorErrorTerms.crc),
    stale: countSchema(sensorErrorTerms.stale),
    range: countSchema(sensorErrorTerms.range),
    selfTestFailed: { type: "boolean", description: "true: the sensor failed its self-test" },
    recalibrated: {
        description: "change by the last recalibration, ppm; or done, refused",
        anyOf: [
            { type: "integer", minimum: -MAX_COUNT, maximum: MAX_COUNT },
            { type: "string", pattern: TERM_PATTERN },
        ],
    },
}

const ownProperties = {
    uptimeS: countSchema("seconds since the program started"),
    restartReason: {
        type: "string",
        pattern: TERM_PATTERN,
        description: `why it restarted itself: ${restartReasonsText}; without it: switched on or reset`,
    },
    ram: countSchema("readings waiting in RAM, besides those of the batch"),
    flash: countSchema("readings waiting in flash only"),
    rssi: { type: "integer", minimum: -128, maximum: 127, description: "Wi-Fi signal, dBm" },
    handshakes: countSchema("successful TLS handshakes since the start"),
    handshakeFailures: countSchema("failed TLS handshakes since the start"),
    handshakeFailureAgeS: countSchema("seconds since the last failed TLS handshake"),
    failures: countSchema("failed attempts in a row before this post"),
    lastError: {
        type: "string",
        pattern: "^[ -~]{1,64}$",
        description: "how the last of them failed: state and reason of the uplink",
    },
}

const settingsReport = {
    type: "object",
    additionalProperties: false,
    required: ["revision"],
    description: "settings that were applied",
    properties: {
        revision: { type: "integer", minimum: 1, maximum: MAX_COUNT },
        refused: {
            type: "array",
            maxItems: MAX_REFUSED,
            items: { type: "string", pattern: "^[0-9A-Z_]{1,16}$" },
            description: "names that the device does not know, or whose value it refused",
        },
    },
}

const sensor = { type: "object", additionalProperties: false, properties: sensorProperties }

/** JSON schema of a {@link Status}. */
export const statusSchema = {
    type: "object",
    additionalProperties: false,
    required: ["uptimeS"],
    properties: {
        ...ownProperties,
        sensors: {
            type: "object",
            description: "by name, 1 to 16 of 0-9 and a-z: every sensor that has responded since the start",
            additionalProperties: false,
            maxProperties: MAX_SENSORS,
            patternProperties: { "^[0-9a-z]{1,16}$": sensor },
        },
        settings: settingsReport,
    },
}

/** As the schema of a batch has it: a status never keeps readings from being stored. */
export const sentStatusSchema = {
    description:
        "Status of the device. A part that does not fit the first form is left out and listed in `unread` of the device; it never causes the readings to be rejected.",
    anyOf: [statusSchema, {}],
}

/** As the API returns it. */
export const shownStatusProperties = {
    ...ownProperties,
    sensors: { type: "object", description: statusSchema.properties.sensors.description, additionalProperties: sensor },
}

/** A compiled schema, as Fastify returns it. */
interface Validate {
    (value: unknown): unknown
    errors?: FastifySchemaValidationError[] | null
}

/**
 * Removes from a status, one after the other, the parts that do not fit, until
 * the rest does.
 *
 * @param sent any JSON value; it is changed, because one that is nested too deep cannot be copied
 * @param validate {@link statusSchema}, compiled
 */
export function fittingStatus(sent: unknown, validate: Validate): ReportedStatus {
    const unread: string[] = []
    const fits = (value: unknown): value is Status => Boolean(validate(value))
    while (!fits(sent)) {
        const path = misfitPath(validate.errors?.[0])
        if (path.length === 0 || unread.length === MAX_UNREAD) return { status: null, unread: ["status"] }
        remove(sent, path)
        unread.push(["status", ...path].join(".").slice(0, MAX_UNREAD_LENGTH))
    }
    return { status: sent, unread }
}

/** The keys to the part that does not fit. No name in the schema has a character that a JSON pointer escapes. */
function misfitPath(error: FastifySchemaValidationError | undefined): string[] {
    if (error === undefined) return []
    const path = error.instancePath.split("/").slice(1)
    const { additionalProperty } = error.params
    return typeof additionalProperty === "string" ? [...path, additionalProperty] : path
}

function remove(node: unknown, [key = "", ...deeper]: string[]): void {
    if (typeof node !== "object" || node === null) return
    if (deeper.length > 0) remove(Reflect.get(node, key), deeper)
    else if (Array.isArray(node)) node.splice(Number(key), 1)
    else Reflect.deleteProperty(node, key)
}
