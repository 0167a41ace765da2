/** The database of the service, for the terminal. */
import path from "node:path"
import type { Backup } from "../api/maintenance/backup.ts"
import type { DatabaseStatus } from "../api/maintenance/database-status.ts"
import type { TableCounts } from "../api/maintenance/move.ts"
import type { Expired } from "../api/retention/expiries.ts"
import {
    type DeviceRetention,
    daysText,
    type PrunedTable,
    type Retention,
    retentionOf,
} from "../api/retention/policy.ts"
import type { Pruned } from "../api/retention/prune.ts"
import { timeText } from "./device.ts"
import { bytesText, type Terminal, tableText } from "./terminal.ts"

const tableTitles: Record<PrunedTable, string> = { readings: "readings", fiveMinutes: "means of 5 minutes" }

const count = (rows: number) => rows.toLocaleString("en")

const sizeText = (bytes: number) => {
    if (bytes < 1e6) return bytesText(bytes)
    return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/** Prints what a database holds. */
export function showDatabase(
    terminal: Terminal,
    status: DatabaseStatus,
    retention: { server: Retention; devices: (DeviceRetention & { id: string })[] },
): void {
    const { place, system, schemaVersion, bytes, freeBytes = 0, logBytes = 0, devices, bytesPerReading } = status
    terminal.line("database", place)
    terminal.line("system", `${system}, schema version ${schemaVersion}`)
    const parts = [
        freeBytes > 0 ? `${sizeText(freeBytes)} of them free` : [],
        logBytes > 0 ? `log ${sizeText(logBytes)}` : [],
    ]
    terminal.line("size", [sizeText(bytes), ...parts.flat()].join(", "))
    const rows = status.tables.map(({ table, rows, bytes }) => [table, rowsText(rows, status), sizeText(bytes)])
    printTable(terminal, "tables", [["TABLE", "ROWS", "SIZE"], ...rows])
    terminal.line("devices", count(devices))
    if (status.oldest !== null && status.newest !== null)
        terminal.line("readings", `from ${timeText(status.oldest)} to ${timeText(status.newest)}`)
    if (bytesPerReading)
        terminal.line(
            "",
            `${bytesPerReading.raw.toFixed(1)} bytes a reading, ${bytesPerReading.all.toFixed(1)} with all other tables`,
        )
    terminal.line("kept", retentionText(retention.server))
    for (const { id, ...own } of retention.devices)
        terminal.line("", `${id}: ${retentionText(retentionOf(own, retention.server))}`)
}

const rowsText = (rows: number, { kind }: DatabaseStatus) =>
    kind === "postgres" ? `about ${count(rows)}` : count(rows)

/** "readings 90 days, means of 5 minutes 2 years, of hours and days for ever". */
export function retentionText({ rawDays, fiveMinuteDays }: Retention): string {
    return `readings ${daysText(rawDays)}, means of 5 minutes ${daysText(fiveMinuteDays)}, of hours and days for ever`
}

/** Prints what pruning would delete. */
export function showExpired(terminal: Terminal, expired: Expired[], retention: Retention): void {
    terminal.line("kept", retentionText(retention))
    const rows = expired.map(({ id, table, rows, oldest, newest }) => [
        id,
        tableTitles[table],
        count(rows),
        timeText(oldest),
        timeText(newest),
    ])
    if (rows.length > 0) printTable(terminal, "expired", [["DEVICE", "", "ROWS", "FROM", "TO"], ...rows])
    terminal.line("total", `${count(total(expired))} rows would be deleted`)
}

/** Prints what pruning deleted. */
export function showPruned(terminal: Terminal, pruned: Pruned[], retention: Retention): void {
    terminal.line("kept", retentionText(retention))
    const rows = pruned.map(({ device, table, rows }) => [
        device ?? "all, whole months",
        tableTitles[table],
        count(rows),
    ])
    if (rows.length > 0) printTable(terminal, "deleted", [["DEVICE", "", "ROWS"], ...rows])
    terminal.line("total", `${count(total(pruned))} rows deleted`)
}

const total = (parts: { rows: number }[]) => parts.reduce((sum, { rows }) => sum + rows, 0)

/** Prints a verified copy of a database. */
export function showBackup(terminal: Terminal, label: string, file: string, { bytes, counts }: Backup): void {
    terminal.line(label, `${path.resolve(file)}, ${sizeText(bytes)}`)
    terminal.line(
        "verified",
        `every page, and ${count(counts.readings ?? 0)} readings of ${count(counts.devices ?? 0)} devices as in the original`,
    )
}

/** Prints a finished move. */
export function showMoved(terminal: Terminal, counts: TableCounts[]): void {
    const rows = counts.map(({ table, from, to }) => [table, count(from), count(to)])
    printTable(terminal, "moved", [["TABLE", "ROWS", "IN POSTGRESQL"], ...rows])
    terminal.line(
        "next",
        "start airpin serve with this DATABASE_URL, and keep the SQLite file until devices have posted",
    )
}

function printTable(terminal: Terminal, label: string, rows: string[][]): void {
    for (const [at, row] of tableText(rows).entries()) terminal.line(at === 0 ? label : "", row)
}
