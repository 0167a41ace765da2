import { AirpinError } from "../../certs/error.ts"
import { type Batch, quantities } from "../../src/wire.ts"
import { describeQuantity, type QuantityName, quantityNames, type Values } from "./quantities.ts"
import { sentStatusSchema } from "./status.ts"
import type { Losses, TimedBatch } from "./store/store.ts"

/** Readings in one batch: twice what the largest BATCH setting sends. */
export const MAX_BATCH = 60

/** Largest sequence number and count: a signed 32-bit integer, as on the device. */
const MAX_COUNT = 2 ** 31 - 1

/** One day: far beyond the device's longest interval of one hour. */
const MAX_STEP_S = 86_400

/** 2015-01-01T00:00:00Z: no airpin, and no data set replayed through one, is older. */
const MIN_TIME = 1_420_070_400

/** How far a device's clock may run ahead. */
const MAX_AHEAD_S = 3_600

const columnSchemas = Object.fromEntries(
    quantities.map(({ name, min, max }) => [
        name,
        {
            type: "array",
            description: `${describeQuantity(name)}, one per reading; null where not measured`,
            minItems: 1,
            maxItems: MAX_BATCH,
            items: { type: "number", nullable: true, minimum: min, maximum: max },
        },
    ]),
)

const countOf = (description: string) => ({ type: "integer", minimum: 0, maximum: MAX_COUNT, description })

/** JSON schema of a {@link Batch}, as far as a schema can say it; {@link timedBatch} checks the rest. */
export const batchSchema = {
    type: "object",
    additionalProperties: false,
    required: ["boot", "seq", "step"],
    properties: {
        boot: { type: "string", pattern: "^[0-9a-z-]{1,32}$", description: "boot id, never reused by the device" },
        seq: {
            type: "integer",
            minimum: 1,
            maximum: MAX_COUNT,
            description: "sequence number of the first reading in this boot",
        },
        time: { type: "integer", description: "end of the first reading's interval, Unix seconds" },
        age: {
            type: "integer",
            minimum: 0,
            maximum: MAX_COUNT,
            description: "in place of time: seconds from then to the sending",
        },
        step: {
            type: "integer",
            minimum: 1,
            maximum: MAX_STEP_S,
            description: "seconds from one reading's end to the next",
        },
        timeUncertaintyS: countOf("seconds by which the times may be off: cut off before the device heard the server"),
        gap: countOf(
            "steps without a reading between the last one kept of the boot before and this boot's first, whatever became of those taken then",
        ),
        lost: countOf("readings dropped by this boot before they could be sent"),
        rejected: countOf("of those lost: not taken by the server"),
        undated: countOf("of those lost: without a time that anyone can tell"),
        damaged: countOf("of those lost: damaged in flash"),
        ...columnSchemas,
        status: sentStatusSchema,
    },
}

/**
 * A batch that fits {@link batchSchema}, as rows with their time.
 *
 * @param now Unix seconds, whole; `age` counts back from here
 * @throws AirpinError COLUMNS_MISSING, COLUMNS_DIFFER, TIME_OR_AGE, TIME_OUT_OF_RANGE
 */
export function timedBatch(batch: Batch, now: number): TimedBatch {
    const { boot, seq, step } = batch
    const count = readingCount(batch)
    const time = startTime(batch, now)
    checkTime(time, time + (count - 1) * step, now)
    const values = Array.from({ length: count }, (_, index) => valuesAt(batch, index))
    return { boot, seq, time, step, ...lossesOf(batch), values }
}

function lossesOf({ lost = 0, rejected = 0, undated = 0, damaged = 0, gap = 0, timeUncertaintyS = 0 }: Batch): Losses {
    return { lost, rejected, undated, damaged, gap, timeUncertaintyS }
}

function readingCount(batch: Batch): number {
    const [first, ...others] = quantityNames.flatMap(name => batch[name]?.length ?? [])
    if (first === undefined) throw new AirpinError("COLUMNS_MISSING", "the batch holds no quantity")
    if (others.every(length => length === first)) return first
    throw new AirpinError(
        "COLUMNS_DIFFER",
        `columns of ${[first, ...others].join(", ")} values: all must have one length`,
    )
}

function startTime({ time, age }: Batch, now: number): number {
    if (time !== undefined && age === undefined) return time
    if (age !== undefined && time === undefined) return now - age
    throw new AirpinError("TIME_OR_AGE", "a batch has either time or age")
}

function checkTime(first: number, last: number, now: number): void {
    if (first >= MIN_TIME && last <= now + MAX_AHEAD_S) return
    throw new AirpinError(
        "TIME_OUT_OF_RANGE",
        `readings from ${first} to ${last}: must lie between ${MIN_TIME} and ${now + MAX_AHEAD_S}`,
    )
}

function valuesAt(batch: Batch, index: number): Values {
    const entries = quantityNames.map((name): [QuantityName, number | null] => [name, batch[name]?.[index] ?? null])
    return Object.fromEntries(entries) as Values
}
