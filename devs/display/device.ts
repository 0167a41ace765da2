/** A device as the server knows it, for the terminal. */
import type { SensorStatus } from "../../src/wire.ts"
import type { Device, DeviceSettings, DeviceState } from "../api/store/records.ts"
import { lossTexts, startTerms, termOf } from "../api/terms.ts"
import { printable, type Terminal, tableText } from "./terminal.ts"

/**
 * Prints the last reported state of a device, its losses and its settings.
 *
 * @param now Unix seconds
 */
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
    if (status === null) {
        terminal.line("status", "none reported yet")
        return
    }
    const { at, unread, uptimeS, restartReason, sensors = {} } = status
    terminal.line("status", timeText(at))
    if (uptimeS !== undefined)
        terminal.line("running", `${durationText(uptimeS)}, ${termOf(startTerms, restartReason ?? "power")}`)
    terminal.line("starts", `${countsText(starts)}; readings of ${boots} ${boots === 1 ? "boot" : "boots"}`)
    showUplink(terminal, status)
    showTable(terminal, "sensors", sensorRows(sensors))
    if (unread.length > 0)
        terminal.line("not read", `${printable(unread.join(", "))}: not known to this version of airpin`)
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
        `${handshakes} handshakes, ${handshakeFailures} failed${handshakeFailureAgeS === undefined ? "" : `, the last ${durationText(handshakeFailureAgeS)} before`}`,
    )
    if (lastError)
        terminal.line(
            "error",
            `${lastError}${failures > 0 ? `; ${failures} attempts failed before the last post` : ""}`,
        )
}

function sensorRows(sensors: Record<string, SensorStatus>): string[][] {
    const rows = Object.entries(sensors).map(
        ([name, { state = "ready", nack = 0, crc = 0, stale = 0, range = 0, selfTestFailed, recalibrated }]) => [
            name,
            state,
            ...[nack, crc, stale, range].map(String),
            [selfTestFailed ? "failed its self-test" : [], recalibrationText(recalibrated)].flat().join(", "),
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
        `revision ${revision}, set ${timeText(setAt)}, ${isApplied ? `applied ${timeText(applied.at)}` : "not applied yet"}`,
    )
    const rows = Object.entries(desired).map(([name, value]) => [
        name,
        String(value),
        outcomeText(isApplied, applied?.refused.includes(name)),
    ])
    showTable(terminal, "", rows)
}

function outcomeText(isApplied: boolean, isRefused = false): string {
    if (isApplied) return isRefused ? "refused by the device" : "applied"
    return isRefused ? "pending; refused in the revision before" : "pending"
}

/** Prints rows below each other, with the label before the first; nothing without rows. */
export function showTable(terminal: Terminal, label: string, rows: string[][]): void {
    if (rows.length === 0) return
    for (const [at, row] of tableText(rows).entries()) terminal.line(at === 0 ? label : "", row)
}

function lossText(device: Device): string {
    const { gap, timeUncertaintyS } = device
    const texts = lossTexts(device)
    if (gap > 0) texts.push(`${gap} missing around power cuts`)
    if (timeUncertaintyS > 0) texts.push(`times off by up to ${durationText(timeUncertaintyS)}`)
    return texts.join(", ") || "nothing"
}

const countsText = (starts: Record<string, number>) =>
    Object.entries(starts)
        .map(([restartReason, count]) => `${count} × ${termOf(startTerms, restartReason)}`)
        .join(", ")

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

/** Unix seconds as 2015-02-02T14:20Z, UTC. */
export const timeText = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 16)}Z`
