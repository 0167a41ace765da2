/** A device as the server knows it, for people. */
import type { SensorStatus } from "../../src/reading.ts"
import type { Condition, DeviceSettings } from "../api/store/device-state.ts"
import type { Device } from "../api/store/store.ts"
import { printable, type Terminal, tableText } from "./terminal.ts"

/** How a device came to start, by the words of its status. */
const reasonTexts: Record<string, string> = {
    power: "switched on or reset",
    uptime: "restarted for its uptime",
    stalled: "restarted because its connection hung",
    settings: "restarted for new settings",
    unknown: "started for a reason not to be read",
}

/** Prints how a device is, part by part. @param now Unix seconds */
export function showDevice(terminal: Terminal, device: Device & Condition, now: number): void {
    const { id, name, lastSeenAt, revokedAt, settings } = device
    terminal.line("device", id === name ? id : `${id}  ${name}`)
    if (revokedAt !== null) terminal.line("revoked", timeText(revokedAt))
    terminal.line(
        "seen",
        lastSeenAt === null ? "never" : `${timeText(lastSeenAt)}, ${durationText(now - lastSeenAt)} ago`,
    )
    showStatus(terminal, device)
    terminal.line("lost", lossText(device))
    if (settings) showSettings(terminal, settings)
}

function showStatus(terminal: Terminal, { status, starts, boots }: Condition): void {
    if (status === null) return terminal.line("status", "none told yet")
    const { at, unread, up, why, sensors = {} } = status
    terminal.line("status", timeText(at))
    if (up !== undefined) terminal.line("running", `${durationText(up)}, ${reasonText(why ?? "power")}`)
    terminal.line("starts", `${countsText(starts)}; readings of ${boots} ${boots === 1 ? "boot" : "boots"}`)
    showUplink(terminal, status)
    showTable(terminal, "sensors", sensorRows(sensors))
    if (unread.length > 0) terminal.line("not read", `${printable(unread.join(", "))}: this airpin does not know it`)
}

function showUplink(terminal: Terminal, status: NonNullable<Condition["status"]>): void {
    const { ram = 0, flash = 0, rssi, handshakes = 0, refused = 0, refusedAge, failures = 0, trouble } = status
    terminal.line("waiting", `${ram} readings in RAM, ${flash} in flash only`)
    if (rssi !== undefined) terminal.line("signal", `${rssi} dBm`)
    terminal.line(
        "tls",
        `${handshakes} handshakes, ${refused} refused${refusedAge === undefined ? "" : `, the last ${durationText(refusedAge)} before`}`,
    )
    if (trouble)
        terminal.line("trouble", `${trouble}${failures > 0 ? `; ${failures} tries failed before the last post` : ""}`)
}

function sensorRows(sensors: Record<string, SensorStatus>): string[][] {
    const rows = Object.entries(sensors).map(
        ([name, { state = "ready", nack = 0, crc = 0, stale = 0, range = 0, unfit, recalibrated }]) => [
            name,
            state,
            ...[nack, crc, stale, range].map(String),
            [unfit ? "failed its own test" : [], recalibrationText(recalibrated)].flat().join(", "),
        ],
    )
    return rows.length === 0 ? [] : [["NAME", "STATE", "NACK", "CRC", "STALE", "RANGE", ""], ...rows]
}

function recalibrationText(recalibrated: SensorStatus["recalibrated"]): string | never[] {
    if (recalibrated === undefined) return []
    return typeof recalibrated === "number" ? `recalibrated by ${recalibrated} ppm` : `recalibration ${recalibrated}`
}

function showSettings(terminal: Terminal, { revision, setAt, wanted, taken }: DeviceSettings): void {
    const isTaken = taken?.revision === revision
    terminal.line(
        "settings",
        `revision ${revision}, asked for ${timeText(setAt)}, ${isTaken ? `taken ${timeText(taken.at)}` : "not taken yet"}`,
    )
    const rows = Object.entries(wanted).map(([name, value]) => [
        name,
        String(value),
        fateText(isTaken, taken?.refused.includes(name)),
    ])
    showTable(terminal, "", rows)
}

function fateText(isTaken: boolean, isRefused = false): string {
    if (isTaken) return isRefused ? "refused by the device" : "taken"
    return isRefused ? "pending, refused before" : "pending"
}

function showTable(terminal: Terminal, label: string, rows: string[][]): void {
    if (rows.length === 0) return
    for (const [at, row] of tableText(rows).entries()) terminal.line(at === 0 ? label : "", row)
}

function lossText({ lost, rejected, timeless, damaged, gap, within }: Device): string {
    const counts: [number, string][] = [
        [rejected, "not taken by the server"],
        [timeless, "without a time"],
        [damaged, "damaged in flash"],
        [lost - rejected - timeless - damaged, "for want of room"],
        [gap, "missing at power cuts"],
    ]
    const causes = counts.filter(([count]) => count > 0).map(([count, cause]) => `${count} ${cause}`)
    return [...causes, within > 0 ? `times off by up to ${durationText(within)}` : []].flat().join(", ") || "nothing"
}

const countsText = (starts: Record<string, number>) =>
    Object.entries(starts)
        .map(([why, count]) => `${count} × ${reasonText(why)}`)
        .join(", ")

const reasonText = (why: string) => reasonTexts[why] ?? why

/** "42 s", "12 min", "3 h", "20 d". */
function durationText(seconds: number): string {
    const units = [
        [86_400, "d"],
        [3600, "h"],
        [60, "min"],
    ] as const
    const [length, unit] = units.find(([length]) => seconds >= 2 * length) ?? [1, "s"]
    return `${Math.floor(seconds / length)} ${unit}`
}

/** Unix seconds as 2015-02-02T14:20, UTC. */
export const timeText = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16)
