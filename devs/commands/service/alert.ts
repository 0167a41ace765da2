/** `airpin alert`: what the server tells people by itself. */
import { randomBytes } from "node:crypto"
import { InvalidArgumentError } from "@commander-js/extra-typings"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import { closeAlert, type ListedAlert, listAlerts } from "../../api/alerts/alert-store.ts"
import type { Channel } from "../../api/alerts/channels/channel.ts"
import { channelsOf } from "../../api/alerts/channels/channels.ts"
import type { DeviceLimits } from "../../api/alerts/conditions.ts"
import { setLimits } from "../../api/alerts/device-limits.ts"
import { alertSettings, limitRanges } from "../../api/alerts/settings.ts"
import { timeText } from "../../display/device.ts"
import { type Terminal, tableText } from "../../display/terminal.ts"
import { type Command, command, exitCodes, run } from "../command.ts"
import { wholeNumber } from "../option-values.ts"
import { environmentWith } from "./environment-file.ts"
import {
    type DatabaseOption,
    type DeviceOptions,
    databaseOption,
    withDevice,
    withExistingDatabase,
} from "./open-database.ts"

/** Alerts that `airpin alert list` shows. */
const DEFAULT_LISTED = 30

export const definition = command()
    .addCommand(
        command()
            .name("test")
            .description("send a test to every channel, and say what happened")
            .option("--env <file>", "the variables of the service, NAME=VALUE")
            .action(run((terminal, options) => test(options, terminal))),
    )
    .addCommand(
        command()
            .name("list")
            .description("list the open alerts, and those that ended")
            .option("--limit <n>", "how many", wholeNumber(1, 10_000), DEFAULT_LISTED)
            .addOption(databaseOption())
            .action(run((terminal, options) => list(options, terminal))),
    )
    .addCommand(
        command()
            .name("limit")
            .description("give a device limits of its own; without options, show them")
            .argument("<device>")
            .option("--co2-ppm <ppm>", "CO2 above which the air is bad, or default", limit("co2Ppm"))
            .option("--co2-minutes <n>", "for how long it is above, or default", limit("co2Minutes"))
            .option("--silent-minutes <n>", "it is not silent before this, or default", limit("silentMinutes"))
            .addOption(databaseOption())
            .action(run((terminal, device, options) => limits({ device, ...options }, terminal))),
    )
    .addCommand(
        command()
            .name("close")
            .description("end an alert that will not end by itself")
            .argument("<id>")
            .addOption(databaseOption())
            .action(run((terminal, id, { db }) => close({ id, db }, terminal))),
    )

/** What removes a limit of a device's own. */
const DEFAULT = "default"

/** A number in the range of the limit, or "default". */
function limit(name: keyof typeof limitRanges): (text: string) => number | typeof DEFAULT {
    const { min, max } = limitRanges[name]
    return text => {
        if (text === DEFAULT) return DEFAULT
        const value = Number(text)
        if (Number.isInteger(value) && value >= min && value <= max) return value
        throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}, or default.`)
    }
}

/** `airpin alert test`. */
const test: Command<{ env?: string | undefined }> = async ({ env }, terminal) => {
    const channels = channelsOf(alertSettings(await environmentWith(env)))
    if (channels.length === 0) throw new AirpinError("ALERT_CHANNEL_MISSING", "no channel for alerts is set")
    const results = await Promise.all(channels.map(sendTest))
    for (const { channel, place, error } of results)
        terminal.line(channel, error === null ? `delivered: ${place}` : `not delivered: ${error}`)
    const failed = results.filter(({ error }) => error !== null)
    if (failed.length === 0) {
        terminal.result({ channels: results })
        return exitCodes.fine
    }
    const names = failed.map(({ channel }) => channel).join(", ")
    terminal.error(new AirpinError("ALERT_UNDELIVERED", `the test was not delivered by ${names}`), {
        channels: results,
    })
    return exitCodes.failed
}

async function sendTest(channel: Channel): Promise<{ channel: string; place: string; error: string | null }> {
    const result = { channel: channel.name, place: channel.place }
    try {
        await channel.send({
            id: randomBytes(8).toString("hex"),
            event: "test",
            kind: "test",
            device: null,
            text: "This is a test of airpin: alerts arrive here.",
            openedAt: nowS(),
            resolvedAt: null,
            values: {},
        })
        return { ...result, error: null }
    } catch (error) {
        return { ...result, error: asAirpinError(error).message }
    }
}

/** `airpin alert list`. */
const list: Command<DatabaseOption & { limit: number }> = async ({ db, limit }, terminal) => {
    const alerts = await withExistingDatabase(db, terminal, ({ sql }) => listAlerts(sql, limit))
    const rows = alerts.map(alert => [
        alert.id,
        timeText(alert.openedAt),
        alert.resolvedAt === null ? "open" : timeText(alert.resolvedAt),
        alert.text,
        sentText(alert),
    ])
    if (alerts.length === 0) terminal.line("", "no alerts")
    else for (const row of tableText([["ID", "SINCE", "UNTIL", "ALERT", "SENT"], ...rows])) terminal.line("", row)
    terminal.result(alerts)
    return exitCodes.fine
}

/** "webhook; ntfy waits after 3 attempts: …": the newest message of each channel. */
function sentText({ deliveries, resolvedAt }: ListedAlert): string {
    const event = resolvedAt === null ? "raised" : "resolved"
    const newest = deliveries.filter(delivery => delivery.event === event)
    if (newest.length === 0) return "nobody was told"
    return newest
        .map(({ channel, status, attempts, error }) => {
            if (status === "delivered") return channel
            const why = error === null ? "" : `: ${error}`
            const after = attempts > 0 ? ` after ${attempts} attempts` : ""
            return `${channel} ${status}${after}${why}`
        })
        .join("; ")
}

type LimitOptions = DeviceOptions & {
    [Name in keyof DeviceLimits]?: number | typeof DEFAULT | undefined
}

/** `airpin alert limit`. */
const limits: Command<LimitOptions> = async ({ co2Ppm, co2Minutes, silentMinutes, ...options }, terminal) => {
    const changes: Partial<DeviceLimits> = {}
    for (const [name, value] of Object.entries({ co2Ppm, co2Minutes, silentMinutes }))
        if (value !== undefined) Object.assign(changes, { [name]: value === DEFAULT ? null : value })
    const own = await withDevice(options, terminal, (opened, id) => setLimits(opened, id, changes))
    const text = (value: number | null, unit: string) => (value === null ? "that of the server" : `${value} ${unit}`)
    showLimits(terminal, [
        ["CO2", own.co2Ppm === null ? "that of the server, or of the room" : `${own.co2Ppm} ppm`],
        ["for", text(own.co2Minutes, "minutes")],
        ["silent", text(own.silentMinutes, "minutes")],
    ])
    terminal.result({ device: options.device, ...own })
    return exitCodes.fine
}

function showLimits(terminal: Terminal, rows: [string, string][]): void {
    for (const [label, text] of rows) terminal.line(label, text)
}

/** `airpin alert close`. */
const close: Command<DatabaseOption & { id: string }> = async ({ db, id }, terminal) => {
    const isClosed = await withExistingDatabase(db, terminal, opened => closeAlert(opened, id, nowS()))
    if (!isClosed) throw new AirpinError("ALERT_UNKNOWN", `there is no open alert ${id}`)
    terminal.line("closed", `${id}: it is raised again if it begins again`)
    terminal.result({ id, closed: true })
    return exitCodes.fine
}

const nowS = () => Math.floor(Date.now() / 1000)
