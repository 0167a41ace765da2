/** What a device tells of itself besides its readings: what fits the schema is kept, whatever a later firmware adds. */
import type { FastifySchemaValidationError } from "fastify/types/schema.js"
import type { Status } from "../../src/wire.ts"

/** Parts on the bus of one device. */
const MAX_SENSORS = 8

/** Names in a receipt: more than there are settings. */
const MAX_REFUSED = 16

/** Largest count and duration: a signed 32-bit integer, as on the device. */
const MAX_COUNT = 2 ** 31 - 1

/** Parts that may be unreadable before all of the status is; each costs another look at it. */
const MAX_UNREAD = 16

/** Characters of such a part's name that are kept. */
const MAX_UNREAD_LENGTH = 64

/** A later firmware may have other words than are listed: they are shown as they come, for absent would mean something else. */
const WORD_PATTERN = "^[0-9a-z-]{1,16}$"

const countOf = (description: string) => ({ type: "integer", minimum: 0, maximum: MAX_COUNT, description })

const sensorProperties = {
    state: {
        type: "string",
        pattern: WORD_PATTERN,
        description: "absent, starting, warming, failed; without it: ready",
    },
    nack: countOf("errors since the start: not acknowledged"),
    crc: countOf("bad check sum"),
    stale: countOf("nothing new"),
    range: countOf("impossible value"),
    selfTestFailed: { type: "boolean", description: "its own test failed" },
    recalibrated: {
        description: "what the last recalibration changed, ppm; or done, refused",
        anyOf: [
            { type: "integer", minimum: -MAX_COUNT, maximum: MAX_COUNT },
            { type: "string", pattern: WORD_PATTERN },
        ],
    },
}

const ownProperties = {
    uptimeS: countOf("seconds since the program started"),
    restartReason: {
        type: "string",
        pattern: WORD_PATTERN,
        description: "why it restarted itself: uptime, stalled, settings; without it: switched on or reset",
    },
    ram: countOf("readings that wait in RAM, besides those of the batch"),
    flash: countOf("readings that wait in flash only"),
    rssi: { type: "integer", minimum: -128, maximum: 127, description: "Wi-Fi signal, dBm" },
    handshakes: countOf("TLS handshakes that came about since the start"),
    handshakeFailures: countOf("TLS handshakes that did not"),
    handshakeFailureAgeS: countOf("seconds since the last that did not"),
    failures: countOf("tries in a row before this post that came to nothing"),
    lastError: {
        type: "string",
        pattern: "^[ -~]{1,64}$",
        description: "what became of the last of them: state and reason",
    },
}

const receipt = {
    type: "object",
    additionalProperties: false,
    required: ["revision"],
    description: "settings of an answer that were taken",
    properties: {
        revision: { type: "integer", minimum: 1, maximum: MAX_COUNT },
        refused: {
            type: "array",
            maxItems: MAX_REFUSED,
            items: { type: "string", pattern: "^[0-9A-Z_]{1,16}$" },
            description: "names unknown there, or with a bad value",
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
            description: "by name, 1 to 16 of 0-9 and a-z: every part that ever answered since the start",
            additionalProperties: false,
            maxProperties: MAX_SENSORS,
            patternProperties: { "^[0-9a-z]{1,16}$": sensor },
        },
        settings: receipt,
    },
}

/** As a batch has it: no status whatever keeps readings from being stored. */
export const sentStatusSchema = {
    description:
        "How the device is. What does not fit the first form is left out, and named in `unread` of the device; it never refuses the readings.",
    anyOf: [statusSchema, {}],
}

/** As the API gives it back. */
export const shownStatusProperties = {
    ...ownProperties,
    sensors: { type: "object", description: statusSchema.properties.sensors.description, additionalProperties: sensor },
}

/** What of a status could be read. */
export interface ReportedStatus {
    /** null when nothing could; its words may be those of a later firmware */
    status: Status | null
    /** parts that were left out: "status.sensors.scd41.volt"; "status" for all of it */
    unread: string[]
}

/** A compiled schema, as Fastify gives it. */
interface Validate {
    (value: unknown): unknown
    errors?: FastifySchemaValidationError[] | null
}

/**
 * Takes out of a status, one after the other, what does not fit, until the
 * rest does.
 *
 * @param sent any JSON, which this changes: a copy could fail, so deep may it be
 * @param validate {@link statusSchema}, compiled
 */
export function fittingStatus(sent: unknown, validate: Validate): ReportedStatus {
    const unread: string[] = []
    while (!validate(sent)) {
        const path = misfit(validate.errors![0]!)
        if (path.length === 0 || unread.length === MAX_UNREAD) return { status: null, unread: ["status"] }
        remove(sent as Node, path)
        unread.push(["status", ...path].join(".").slice(0, MAX_UNREAD_LENGTH))
    }
    return { status: sent as Status, unread }
}

/** The keys that lead to what does not fit; no name of the schema has one of the characters that a JSON pointer escapes. */
function misfit({ instancePath, params }: FastifySchemaValidationError): string[] {
    const path = instancePath.split("/").slice(1)
    return typeof params.additionalProperty === "string" ? [...path, params.additionalProperty] : path
}

type Node = { [key: string]: Node } | Node[]

function remove(node: Node, [key, ...deeper]: string[]): void {
    if (deeper.length > 0) remove((node as Record<string, Node>)[key!]!, deeper)
    else if (Array.isArray(node)) node.splice(Number(key), 1)
    else delete node[key!]
}
