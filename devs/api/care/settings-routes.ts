/** Settings of a device, and its recalibration, for admins; `airpin device set` does the same. */
import type { FastifyInstance } from "fastify"
import { remoteSettingNames } from "../../../src/wire.ts"
import { nowSOf } from "../access/credentials.ts"
import { storeErrors } from "../contract/route-errors.ts"
import { checkSetting, settingsProperties } from "../desired-settings.ts"
import { setDevice } from "../device-registry.ts"
import { deviceParams, objectSchema, responses, secondsSchema } from "../schemas.ts"
import type { Database } from "../store/database.ts"
import type { SettingValues } from "../store/records.ts"
import { bodyErrors, deviceChangeErrors } from "./device-routes.ts"
import {
    assertRecalibration,
    MAX_STEP_PPM,
    readRecalibration,
    recalibrationObstacles,
    recalibrationOf,
    recalibrationOutcomes,
    STEADY_PPM,
} from "./recalibration.ts"

const putSchema = {
    summary: "Set desired settings of a device, as airpin device set does",
    params: deviceParams,
    body: {
        type: "object",
        minProperties: 1,
        maxProperties: 2 * remoteSettingNames().length,
        properties: settingsProperties,
        additionalProperties: { type: "integer" },
        description: "Those that are not named stay. RECALIBRATE_PPM is done once, and only as `recalibration` allows.",
    },
    response: responses(
        "what the device will be told in the response to its next post",
        objectSchema({
            revision: { type: "integer" },
            desired: objectSchema(settingsProperties, { optional: Object.keys(settingsProperties) }),
            withdrawn: {
                type: "boolean",
                description: "true: a recalibration that the device had not received is withdrawn",
            },
        }),
    ),
}

const nullableSeconds = { ...secondsSchema, nullable: true }
const ppm = (description: string) => ({ type: "integer", nullable: true, description })

const recalibrationSchema = objectSchema({
    obstacles: {
        type: "array",
        items: { type: "string", enum: recalibrationObstacles },
        description: "why it would be refused now; empty: it would not",
    },
    fromPpm: ppm(`what the device accepts: within ${MAX_STEP_PPM} ppm of what it measures`),
    toPpm: ppm("the highest value that it accepts"),
    measuredPpm: ppm("CO2 of the last three minutes"),
    isSteady: {
        type: "boolean",
        nullable: true,
        description: `true: it was within ${STEADY_PPM} ppm; the device waits half an hour for that`,
    },
    nextAt: { ...nullableSeconds, description: "from when another one is accepted; null: now" },
    last: objectSchema(
        {
            outcome: { type: "string", enum: recalibrationOutcomes },
            askedAt: nullableSeconds,
            ppm: ppm("the CO2 that was given"),
            changePpm: ppm("by how much the sensor was corrected"),
        },
        { nullable: true, description: "null: none is known" },
    ),
})

const recalibrationGetSchema = {
    summary: "Whether a device may be recalibrated from afar, and what became of the last time",
    params: deviceParams,
    response: responses("of its CO2 sensor", objectSchema({ now: secondsSchema, recalibration: recalibrationSchema })),
}

/** `PUT /api/v1/devices/:id/settings`, `GET /api/v1/devices/:id/recalibration`. */
export function settingsRoutes(app: FastifyInstance, db: Database): void {
    const access = "admin"
    app.put<{ Params: { id: string }; Body: SettingValues }>(
        "/api/v1/devices/:id/settings",
        {
            schema: putSchema,
            config: {
                access,
                errors: [
                    ...deviceChangeErrors,
                    ...bodyErrors,
                    "SETTING_UNKNOWN",
                    "SETTING_OUT_OF_RANGE",
                    "SETTINGS_TOO_LONG",
                    "DEVICE_REVOKED",
                    "RECALIBRATION_REFUSED",
                ],
            },
        },
        async request => {
            const { params, body } = request
            const now = nowSOf(request)
            for (const [name, value] of Object.entries(body)) checkSetting(name, value)
            const { RECALIBRATE_PPM } = body
            if (RECALIBRATE_PPM !== undefined)
                assertRecalibration(RECALIBRATE_PPM, await readRecalibration(db.sql, params.id), now)
            const { settings, withdrawn } = await setDevice(db, params.id, body, now)
            return { revision: settings.revision, desired: settings.desired, withdrawn }
        },
    )
    app.get<{ Params: { id: string } }>(
        "/api/v1/devices/:id/recalibration",
        {
            schema: recalibrationGetSchema,
            config: { access, errors: [...storeErrors, "QUERY_MALFORMED", "DEVICE_UNKNOWN"] },
        },
        async request => {
            const now = nowSOf(request)
            return { now, recalibration: recalibrationOf(await readRecalibration(db.sql, request.params.id), now) }
        },
    )
}
