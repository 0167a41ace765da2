/** Schemas that the document names: `{ $ref: "Device#" }` in the schema of a route refers to one. */
import { settingsProperties } from "../desired-settings.ts"
import {
    co2LimitsSchema,
    countSchema,
    lossProperties,
    objectSchema,
    quantityProperties,
    readingProperties,
    restartReasonsText,
    secondsSchema,
} from "../schemas.ts"
import { shownStatusProperties } from "../status.ts"
import { LOWEST_CO2_DAYS } from "../store/device-views.ts"
import { problemSchema } from "./problem.ts"

const ageSchema = { type: "integer", description: "seconds since then" }

/** A device's newest reading. */
export const latestSchema = objectSchema({ ...readingProperties, age: ageSchema }, { nullable: true })

const lowestCo2 = objectSchema(
    {
        ppm: { type: "number" },
        at: { ...secondsSchema, description: "end of the hour in which it was measured, Unix seconds" },
        hours: { type: "integer", description: "hours of these days in which CO2 was measured" },
    },
    {
        nullable: true,
        description: `the lowest CO2 of the last ${LOWEST_CO2_DAYS} days; null if none was measured. Far from outdoor air, about 420 ppm, the sensor drifts or the room was never aired.`,
    },
)

const status = objectSchema(
    {
        at: { ...secondsSchema, description: "when it was received, Unix seconds" },
        age: ageSchema,
        unread: {
            type: "array",
            items: { type: "string" },
            description: "parts that were left out because this server does not understand them",
        },
        ...shownStatusProperties,
    },
    {
        nullable: true,
        optional: Object.keys(shownStatusProperties),
        description: "the last reported status; an absent count is 0",
    },
)

const applied = objectSchema(
    { revision: { type: "integer" }, at: secondsSchema, refused: { type: "array", items: { type: "string" } } },
    { nullable: true, description: "the device's last report about its settings" },
)

const settings = objectSchema(
    {
        revision: { type: "integer" },
        setAt: secondsSchema,
        desired: objectSchema(settingsProperties, { optional: Object.keys(settingsProperties) }),
        applied,
    },
    {
        nullable: true,
        description: "settings of `airpin device set`; pending until `applied.revision` equals `revision`",
    },
)

const deviceSchema = objectSchema({
    id: { type: "string" },
    name: { type: "string" },
    createdAt: secondsSchema,
    revokedAt: { ...secondsSchema, nullable: true },
    lastSeenAt: { ...secondsSchema, nullable: true },
    ...lossProperties,
    gap: countSchema("intervals without a reading around power cuts"),
    latest: latestSchema,
    lowestCo2,
    status,
    boots: { type: "integer", description: "number of boots of which readings are stored" },
    starts: {
        type: "object",
        description: `number of starts by restart reason: ${restartReasonsText}; power: switched on or reset; unknown: the reason could not be read`,
        additionalProperties: { type: "integer" },
    },
    settings,
    group: { type: "string", nullable: true, description: "of rooms, from the largest part: Building A / Floor 1" },
    limits: co2LimitsSchema,
})

const meanSchema = objectSchema({
    time: { type: "integer", description: "end of the step, Unix seconds" },
    count: { type: "integer", description: "readings in the mean" },
    ...quantityProperties,
})

const wallRoomProperties = {
    id: { type: "string" },
    name: { type: "string" },
    group: { type: "string", nullable: true, description: "parts by ' / ', as Building A / Floor 1" },
    limits: objectSchema(
        { fairPpm: { type: "integer" }, poorPpm: { type: "integer" } },
        { description: "the air is fair and poor from here, CO2 in ppm" },
    ),
    at: { ...secondsSchema, nullable: true, description: "end of the latest reading, Unix seconds" },
    ppm: { type: "integer", nullable: true, description: "its CO2 in ppm" },
    estimated: { type: "boolean", description: "ppm is eCO2, an estimate: the device measured no CO2 in the last day" },
    temperatureC: { type: "number", nullable: true },
    humidityRh: { type: "number", nullable: true },
    trendPpm: {
        type: "integer",
        nullable: true,
        description: "the mean of the last 3 minutes minus that of 3 minutes 15 minutes earlier",
    },
    level: { type: "string", enum: ["good", "fair", "poor", null], nullable: true },
    levelSince: {
        ...secondsSchema,
        nullable: true,
        description:
            "end of the first reading, Unix seconds, since which it is fair or worse, or since which it is poor; within the day before `at`; null if it is good",
    },
    silentFrom: {
        ...secondsSchema,
        nullable: true,
        description: "three posts are missing then, Unix seconds, unless the device posts; null before its first post",
    },
    sensorFailed: { type: "boolean" },
}

/** The data of each kind of event in the stream of changes. */
const streamSchemas = [
    {
        $id: "StreamDevices",
        ...objectSchema(
            { now: secondsSchema, ids: { type: "array", items: { type: "string" } } },
            { description: "which devices there are" },
        ),
    },
    {
        $id: "StreamDevice",
        ...objectSchema(
            { now: secondsSchema, device: { $ref: "Device#" } },
            { description: "a device that has posted or changed" },
        ),
    },
    {
        $id: "StreamRooms",
        ...objectSchema(
            { now: secondsSchema, ids: { type: "array", items: { type: "string" } } },
            { description: "which rooms there are" },
        ),
    },
    {
        $id: "StreamRoom",
        ...objectSchema(
            {
                now: secondsSchema,
                room: objectSchema(wallRoomProperties, {
                    optional: Object.keys(wallRoomProperties).filter(name => name !== "id"),
                }),
            },
            { description: "a room that has changed: members of its WallRoom, to be merged into what is known" },
        ),
    },
    {
        $id: "StreamTime",
        ...objectSchema({ now: secondsSchema }, { description: "the server and its database respond" }),
    },
]

export const namedSchemas = [
    problemSchema,
    { $id: "Reading", ...objectSchema(readingProperties) },
    { $id: "MeanReading", ...meanSchema },
    { $id: "Device", ...deviceSchema },
    { $id: "WallRoom", ...objectSchema(wallRoomProperties) },
    ...streamSchemas,
]
