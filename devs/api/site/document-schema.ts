/** What a document of the site may hold: its JSON schema, for the API and for files alike, and what no schema can say. */
import { DateTime, IANAZone } from "luxon"
import { AirpinError } from "../../../certs/error.ts"
import { compilersFactory } from "../contract/schema-compilers.ts"
import { co2LimitsSchema, DEVICE_ID_PATTERN, objectSchema } from "../schemas.ts"
import { type Co2Limits, groupParts, type Holiday, type Room, type Site, siteLanguages } from "./site.ts"

const MAX_HOURS = 20
const MAX_HOLIDAYS = 500
const MAX_ROOMS = 5_000

const TIME_PATTERN = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
const DATE_PATTERN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

/** What the message says in place of a pattern. */
const patternTexts: Record<string, string> = {
    [TIME_PATTERN]: "a time like 08:00",
    [DATE_PATTERN]: "a date like 2026-12-24",
}

const nameSchema = { type: "string", maxLength: 100 }
const timeSchema = { type: "string", pattern: TIME_PATTERN, description: "local time, 08:00; the end may be 24:00" }
const dateSchema = { type: "string", pattern: DATE_PATTERN, description: "local date, inclusive" }

/** An object with these members only. */
const only = (...args: Parameters<typeof objectSchema>) => ({ ...objectSchema(...args), additionalProperties: false })

const limitsSchema = { ...co2LimitsSchema, additionalProperties: false }

const roomSchema = only(
    {
        group: { ...nameSchema, description: "parts from the largest, with / between them: Building A / Floor 1" },
        limits: { ...limitsSchema, description: "its own; those of the site when absent" },
    },
    { optional: ["group", "limits"] },
)

export const siteSchema = only({
    revision: { type: "integer", minimum: 0, description: "of the document that was read; 0 before the first change" },
    name: { ...nameSchema, description: "of the school; may be empty" },
    language: {
        type: "string",
        nullable: true,
        enum: [...siteLanguages, null],
        description: "of pages and prints; null: that of the browser",
    },
    timeZone: { type: "string", maxLength: 64, description: "name of the IANA database, as Europe/Berlin" },
    limits: { ...limitsSchema, description: "of CO2 in every room without limits of its own" },
    lessons: only({
        days: {
            type: "array",
            items: { type: "integer", minimum: 1, maximum: 7 },
            uniqueItems: true,
            description: "days of the week from 1 for Monday",
        },
        hours: { type: "array", maxItems: MAX_HOURS, items: only({ from: timeSchema, to: timeSchema }) },
    }),
    holidays: {
        type: "array",
        maxItems: MAX_HOLIDAYS,
        items: only({ from: dateSchema, to: dateSchema, name: nameSchema }),
    },
    rooms: {
        type: "object",
        maxProperties: MAX_ROOMS,
        propertyNames: { pattern: DEVICE_ID_PATTERN },
        additionalProperties: roomSchema,
        description: "by the id of the device",
    },
})

/** Compiled when it is first asked for, once: `compilersFactory` keeps it. */
const validator = () =>
    compilersFactory.buildValidator(
        {},
        { customOptions: { coerceTypes: false, removeAdditional: false } },
    )({
        schema: siteSchema,
        method: "PUT",
        url: "site",
        httpPart: "body",
    })

/**
 * A document that may be stored, with the names of groups written alike.
 *
 * @throws AirpinError SITE_DOCUMENT_INVALID, which names the field
 */
export function checkedDocument(value: unknown): Site {
    if (!fitsSchema(value)) throw misfit()
    if (!IANAZone.isValidZone(value.timeZone))
        throw invalid("timeZone", `${JSON.stringify(value.timeZone)} is not a time zone like Europe/Berlin`)
    checkLimits("limits", value.limits)
    for (const [at, { from, to }] of value.lessons.hours.entries())
        if (from >= to) throw invalid(`lessons.hours[${at}]`, `${from} is not before ${to}`)
    for (const [at, holiday] of value.holidays.entries()) checkDates(`holidays[${at}]`, holiday)
    for (const [id, { limits }] of Object.entries(value.rooms))
        if (limits !== undefined) checkLimits(`rooms.${id}.limits`, limits)
    return { ...value, rooms: Object.fromEntries(Object.entries(value.rooms).map(([id, room]) => [id, alike(room)])) }
}

/** @throws AirpinError SITE_DOCUMENT_INVALID about a field, as "limits.fairPpm" */
export function invalid(field: string, text: string): AirpinError {
    return new AirpinError("SITE_DOCUMENT_INVALID", `${field}: ${text}`)
}

function fitsSchema(value: unknown): value is Site {
    return validator()(value) === true
}

/** About the first value that does not fit. */
function misfit(): AirpinError {
    const [first] = validator().errors ?? []
    const { instancePath = "", keyword = "", message = "", params = {}, propertyName } = first ?? {}
    if (propertyName !== undefined)
        return invalid(fieldOf(instancePath), `${JSON.stringify(propertyName)} is not the id of a device`)
    return invalid(fieldOf(instancePath), misfitText(keyword, params, message))
}

/** "/lessons/hours/0/from" as "lessons.hours[0].from" */
function fieldOf(pointer: string): string {
    const parts = pointer.split("/").slice(1)
    if (parts.length === 0) return "the document"
    return parts.reduce((field, part) => {
        if (/^\d+$/.test(part)) return `${field}[${part}]`
        return field === "" ? part : `${field}.${part}`
    }, "")
}

function misfitText(keyword: string, params: Record<string, unknown>, message: string): string {
    if (keyword === "required") return `${params.missingProperty} is missing`
    if (keyword === "additionalProperties") return `there is no field ${JSON.stringify(params.additionalProperty)}`
    if (keyword === "enum") return `must be one of ${JSON.stringify(params.allowedValues)}`
    if (keyword === "pattern") return `must be ${patternTexts[String(params.pattern)]}`
    return message
}

function checkLimits(field: string, { fairPpm, poorPpm }: Co2Limits): void {
    if (fairPpm >= poorPpm) throw invalid(field, `fairPpm ${fairPpm} is not below poorPpm ${poorPpm}`)
}

function checkDates(field: string, { from, to }: Holiday): void {
    for (const date of [from, to]) if (!DateTime.fromISO(date).isValid) throw invalid(field, `there is no date ${date}`)
    if (from > to) throw invalid(field, `${from} is after ${to}`)
}

/** "Building A/ Floor 1" as "Building A / Floor 1"; a group without a name is none. */
function alike({ group, limits }: Room): Room {
    const parts = groupParts(group ?? null)
    return { ...(parts.length > 0 && { group: parts.join(" / ") }), ...(limits && { limits }) }
}
