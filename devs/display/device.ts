/** A device as the server knows it, for people. */
import type { SensorStatus } from "../../src/wire.ts"
import type { DeviceState, DeviceSettings } from "../api/store/device-state.ts"
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
export function showDevice(terminal: Terminal, device: Device & DeviceState, now: number): void {
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

function showStatus(terminal: Terminal, { status, starts, boots }: DeviceState): void {
    if (status === null) return terminal.line("status", "none told yet")
    const { at, unread, uptimeS, restartReason, sensors = {} } = status
    terminal.line("status", timeText(at))
    if (uptimeS !== undefined)
        terminal.line("running", `${durationText(uptimeS)}, ${reasonText(restartReason ?? "power")}`)
    terminal.line("starts", `${countsText(starts)}; readings of ${boots} ${boots === 1 ? "boot" : "boots"}`)
    showUplink(terminal, status)
    showTable(terminal, "sensors", sensorRows(sensors))
    if (unread.length > 0) terminal.line("not read", `${printable(unread.join(", "))}: this airpin does not know it`)
}

function showUplink(terminal: Terminal, status: NonNullable<DeviceState["status"]>): void {
    const {
        ram = 0,
        flash = 0,
        rssi,
        handshakes = 0,
        handshakeFailures = 0,
        handshakeFailureAgeS,
        failures = 0,
        lastError,
    } = status
    terminal.line("waiting", `${ram} readings in RAM, ${flash} in flash only`)
    if (rssi !== undefined) terminal.line("signal", `${rssi} dBm`)
    terminal.line(
        "tls",
        `${handshakes} handshakes, ${handshakeFailures} refused${handshakeFailureAgeS === undefined ? "" : `, the last ${durationText(handshakeFailureAgeS)} before`}`,
    )
    if (lastError)
        terminal.line("error", `${lastError}${failures > 0 ? `; ${failures} tries failed before the last post` : ""}`)
}

function sensorRows(sensors: Record<string, SensorStatus>): string[][] {
    const rows = Object.entries(sensors).map(
        ([name, { state = "ready", nack = 0, crc = 0, stale = 0, range = 0, selfTestFailed, recalibrated }]) => [
            name,
            state,
            ...[nack, crc, stale, range].map(String),
            [selfTestFailed ? "failed its own test" : [], recalibrationText(recalibrated)].flat().join(", "),
        ],
    )
    return rows.length === 0 ? [] : [["NAME", "STATE", "NACK", "CRC", "STALE", "RANGE", ""], ...rows]
}

function recalibrationText(recalibrated: SensorStatus["recalibrated"]): string | never[] {
    if (recalibrated === undefined) return []
    return typeof recalibrated === "number" ? `recalibrated by ${recalibrated} ppm` : `recalibration ${recalibrated}`
}

function showSettings(terminal: Terminal, { revision, setAt, desired, applied }: DeviceSettings): void {
    const isApplied = applied?.revision === revision
    terminal.line(
        "settings",
        `revision ${revision}, asked for ${timeText(setAt)}, ${isApplied ? `applied ${timeText(applied.at)}` : "not applied yet"}`,
    )
    const rows = Object.entries(desired).map(([name, value]) => [
        name,
        String(value),
        fateText(isApplied, applied?.refused.includes(name)),
    ])
    showTable(terminal, "", rows)
}

function fateText(isApplied: boolean, isRefused = false): string {
    if (isApplied) return isRefused ? "refused by the device" : "applied"
    return isRefused ? "pending, refused before" : "pending"
}

function showTable(terminal: Terminal, label: string, rows: string[][]): void {
    if (rows.length === 0) return
    for (const [at, row] of tableText(rows).entries()) terminal.line(at === 0 ? label : "", row)
}

function lossText({ lost, rejected, undated, damaged, gap, timeUncertaintyS }: Device): string {
    const counts: [number, string][] = [
        [rejected, "not taken by the server"],
        [undated, "without a time"],
        [damaged, "damaged in flash"],
        [lost - rejected - undated - damaged, "for want of room"],
        [gap, "missing at power cuts"],
    ]
    const causes = counts.filter(([count]) => count > 0).map(([count, cause]) => `${count} ${cause}`)
    return (
        [...causes, timeUncertaintyS > 0 ? `times off by up to ${durationText(timeUncertaintyS)}` : []]
            .flat()
            .join(", ") || "nothing"
    )
}

const countsText = (starts: Record<string, number>) =>
    Object.entries(starts)
        .map(([restartReason, count]) => `${count} × ${reasonText(restartReason)}`)
        .join(", ")

const reasonText = (restartReason: string) => reasonTexts[restartReason] ?? restartReason

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
