/** The options of `serve` and `db` that say how long readings are kept. */
import { Option } from "@commander-js/extra-typings"
import { parseDays, type Retention } from "../../api/retention/policy.ts"

export interface RetentionOptions {
    keepRaw?: number
    keepFiveMinutes?: number
}

export const rawOption = () =>
    new Option("--keep-raw <time>", "keep readings for 90d, 12w, 2y or forever (default: 90d)")
        .env("RETENTION_RAW_DAYS")
        .argParser(parseDays)

export const fiveMinutesOption = () =>
    new Option("--keep-five-minutes <time>", "keep means of 5 minutes, in the same form (default: 2y)")
        .env("RETENTION_FIVE_MINUTE_DAYS")
        .argParser(parseDays)

/** Retention as the options say, and where they do not, as `otherwise` does. */
export function retentionGiven(options: RetentionOptions, otherwise: Retention): Retention {
    const { keepRaw = otherwise.rawDays, keepFiveMinutes = otherwise.fiveMinuteDays } = options
    return { rawDays: keepRaw, fiveMinuteDays: keepFiveMinutes }
}
