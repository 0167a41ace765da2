/**
 * Views for psql and Grafana, with the units and the times of people. Conditions on `unix_time` (in Grafana:
 * $__unixEpochFilter) read only the partitions they need; conditions on `time` read all of them.
 */
import { type StoredQuantity, storedQuantities } from "../quantity-columns.ts"
import type { RollUpName } from "../roll-ups.ts"

const meansViews: [name: string, table: RollUpName][] = [
    ["five_minute_means", "fiveMinutes"],
    ["hourly_means", "hours"],
    ["daily_means", "days"],
]

/** The statements that create the views. */
export const viewTexts = [
    view("measurements", "readings", storedQuantities.map(measuredOf)),
    ...meansViews.map(([name, table]) =>
        view(name, table, [
            "r.count AS readings",
            'r."co2PpmMin" AS co2_ppm_min',
            'r."co2PpmMax" AS co2_ppm_max',
            ...storedQuantities.map(meanOf),
        ]),
    ),
]

function view(name: string, table: string, columns: string[]): string {
    return `CREATE VIEW ${name} AS
SELECT to_timestamp(r.time) AS time, r.time AS unix_time, d.id AS device, d.name,
    ${columns.join(",\n    ")}
FROM "${table}" AS r JOIN devices AS d ON d.key = r.device`
}

function measuredOf({ name, column, scale }: StoredQuantity): string {
    const value = scale === 1 ? `r."${column}"` : `(r."${column}" / ${scale}.0)::float8`
    return `${value} AS ${plainName(name)}`
}

function meanOf({ name, column, scale }: StoredQuantity): string {
    return `r."${column}Sum"::float8 / nullif(r."${column}Count", 0) / ${scale} AS ${plainName(name)}`
}

/** As in `co2_ppm`: a name with capitals must be quoted in SQL. */
function plainName(name: string): string {
    return name.replace(/[A-Z]/, letter => `_${letter.toLowerCase()}`)
}
