/** Compares what the server acknowledged with what is in the database. */
import { type SqlAddress, withSql } from "./cluster/sql.ts"
import type { LightDevice } from "./devices/light-device.ts"
import { numberOf, readingOf } from "./devices/reading.ts"

export interface Audit {
    acknowledged: number
    /** rows of readings */
    stored: number
    /** acknowledged and not in the database */
    missing: number
    /** in the database more than once */
    doubled: number
    /** with another time or value than the device measured */
    altered: number
    /** devices and tables of sums, of which the count is not that of the readings */
    rollUpsWrong: string[]
    /** the first few that are missing, as "device number" */
    examples: string[]
}

const MAX_EXAMPLES = 5
const ROLL_UPS = ["fiveMinutes", "hours", "days"]

interface Row {
    device: string
    boot: string
    seq: number
    time: number
    co2Ppm: number
    temperatureC100: number
}

/** Devices may go on posting: what was acknowledged before the call must be there. */
export function audit(address: SqlAddress, devices: LightDevice[]): Promise<Audit> {
    const acknowledged = new Map(devices.map(device => [device.id, device.acknowledged]))
    return withSql(address, async ({ query }) => {
        await query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        const rows = await query<Row>(
            `SELECT d.id AS device, b.id AS boot, r.seq::int, r.time::int, r."co2Ppm", r."temperatureC100"
            FROM readings r JOIN devices d ON d.key = r.device JOIN boots b ON b.device = r.device AND b.boot = r.boot
            WHERE d.id = ANY($1)`,
            [devices.map(({ id }) => id)],
        )
        const rollUpsWrong: string[] = []
        for (const table of ROLL_UPS)
            for (const { id } of await query<{ id: string }>(wrongCounts(table))) rollUpsWrong.push(`${id} ${table}`)
        return { ...compare(rows, devices, acknowledged), rollUpsWrong }
    })
}

const wrongCounts = (table: string) => `
    SELECT d.id FROM devices d
    WHERE (SELECT coalesce(sum(count), 0) FROM "${table}" t WHERE t.device = d.key)
        <> (SELECT count(*) FROM readings r WHERE r.device = d.key)`

function compare(rows: Row[], devices: LightDevice[], acknowledged: Map<string, number>): Omit<Audit, "rollUpsWrong"> {
    const startS = new Map(devices.map(device => [device.id, device.startS]))
    const times = new Map<string, number>()
    let altered = 0
    for (const row of rows) {
        const start = startS.get(row.device)
        if (start === undefined) throw new Error(`unknown device ${row.device}`)
        const number = numberOf(row)
        const key = `${row.device} ${number}`
        times.set(key, (times.get(key) ?? 0) + 1)
        const { time, co2Ppm, temperatureC } = readingOf(row.device, number, start)
        const isSame =
            row.time === time && row.co2Ppm === co2Ppm && row.temperatureC100 === Math.round(temperatureC * 100)
        if (!isSame) altered++
    }
    const missing = [...acknowledged].flatMap(([id, count]) =>
        Array.from({ length: count }, (_, at) => `${id} ${at + 1}`).filter(key => !times.has(key)),
    )
    return {
        acknowledged: [...acknowledged.values()].reduce((sum, count) => sum + count, 0),
        stored: rows.length,
        missing: missing.length,
        doubled: [...times.values()].filter(count => count > 1).length,
        altered,
        examples: missing.slice(0, MAX_EXAMPLES),
    }
}

/** What is wrong, in words; undefined if nothing is. */
export function faultOf(result: Audit): string | undefined {
    const { missing, doubled, altered, rollUpsWrong, examples } = result
    if (missing + doubled + altered + rollUpsWrong.length === 0) return undefined
    return `missing ${missing}, doubled ${doubled}, altered ${altered}, roll-ups wrong ${rollUpsWrong.length}: ${[...examples, ...rollUpsWrong].join(", ")}`
}
