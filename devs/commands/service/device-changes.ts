/** The subcommands of `airpin device` that change or delete a device. */
import { AirpinError } from "../../../certs/error.ts"
import { renameDevice, rotateToken } from "../../api/device-registry.ts"
import { daysText, parseDays, retentionOf } from "../../api/retention/policy.ts"
import { readServerRetention, setDeviceRetention } from "../../api/retention/retention-rows.ts"
import { type DeviceExtent, deleteDevice, deviceExtent } from "../../api/store/device-deletion.ts"
import { knownDevice, listDevices } from "../../api/store/devices.ts"
import { timeText } from "../../display/device.ts"
import { type Command, command, exitCodes, run } from "../command.ts"
import { confirmDeletion } from "./confirmation.ts"
import { type DeviceOptions, databaseOption, withDevice } from "./open-database.ts"

export const rotation = command()
    .name("rotate")
    .description("give a device a new token, shown this once, and refuse the old one")
    .argument("<device>", "its id or name")
    .addOption(databaseOption())
    .action(run((terminal, device, { db }) => rotate({ device, db }, terminal)))

export const renaming = command()
    .name("rename")
    .description("give a device another name; its id stays")
    .argument("<device>", "its id or name")
    .argument("<name>", "the new name")
    .addOption(databaseOption())
    .action(run((terminal, device, name, { db }) => rename({ device, name, db }, terminal)))

export const keeping = command()
    .name("keep")
    .description("set how long a device's readings are kept, if not as long as the server keeps those of others")
    .argument("<device>", "its id or name")
    .option("--raw <time>", "readings: 30d, 12w, 2y, forever, or server for as long as the server says")
    .option("--five-minutes <time>", "means of 5 minutes, in the same form")
    .addOption(databaseOption())
    .action(run((terminal, device, options) => keep({ device, ...options }, terminal)))

export const deletion = command()
    .name("delete")
    .description("delete a device and everything stored of it, after a question")
    .argument("<device>", "its id or name")
    .option("--yes", "do not ask")
    .addOption(databaseOption())
    .action(run((terminal, device, options) => remove({ device, ...options }, terminal)))

/** `airpin device rotate`. */
const rotate: Command<DeviceOptions> = async (options, terminal) => {
    const { id, token, wasRevoked } = await withDevice(options, terminal, async (open, id) => {
        const { revokedAt } = await knownDevice(open.sql, id)
        return { id, token: await rotateToken(open, id), wasRevoked: revokedAt !== null }
    })
    terminal.line("device", id)
    terminal.line("token", `${token}  (shown only once)`)
    terminal.line(
        "",
        wasRevoked ? "the device was revoked; it can post again" : "its posts with the old one are refused",
    )
    terminal.line("next", "put it into .env.local as API_TOKEN=…, then: airpin image --board ID")
    terminal.result({ id, token, wasRevoked })
    return exitCodes.fine
}

/** `airpin device rename`. */
const rename: Command<DeviceOptions & { name: string }> = async ({ name, ...options }, terminal) => {
    const { id, before } = await withDevice(options, terminal, async (open, id) => {
        const before = (await knownDevice(open.sql, id)).name
        await renameDevice(open, id, name)
        if ((await listDevices(open.sql)).some(other => other.name === name && other.id !== id))
            terminal.warn("another device has this name too: only its id names it in other commands")
        return { id, before }
    })
    terminal.line("renamed", `${id}: ${before} is ${name} now`)
    terminal.result({ id, before, name })
    return exitCodes.fine
}

interface KeepOptions extends DeviceOptions {
    raw?: string
    fiveMinutes?: string
}

/** `airpin device keep`. */
const keep: Command<KeepOptions> = async ({ raw, fiveMinutes, ...options }, terminal) => {
    if (raw === undefined && fiveMinutes === undefined)
        throw new AirpinError("RETENTION_UNNAMED", "neither --raw nor --five-minutes is given")
    const changes = {
        ...(raw === undefined ? {} : { rawDays: ownDays(raw) }),
        ...(fiveMinutes === undefined ? {} : { fiveMinuteDays: ownDays(fiveMinutes) }),
    }
    const { id, kept } = await withDevice(options, terminal, async (open, id) => {
        const own = await setDeviceRetention(open, id, changes)
        return { id, kept: retentionOf(own, await readServerRetention(open.sql)) }
    })
    terminal.line(
        "kept",
        `${id}: readings ${daysText(kept.rawDays)}, means of 5 minutes ${daysText(kept.fiveMinuteDays)}; means of hours and days for ever`,
    )
    terminal.line(
        "next",
        "what is older goes within the hour while airpin serve runs; airpin db prune --dry-run shows it",
    )
    terminal.result({ id, ...kept })
    return exitCodes.fine
}

const ownDays = (text: string) => (text === "server" ? null : parseDays(text))

/** `airpin device delete`. */
const remove: Command<DeviceOptions & { yes?: true }> = ({ yes, ...options }, terminal) =>
    withDevice(options, terminal, async (open, id) => {
        const { name } = await knownDevice(open.sql, id)
        const extent = await deviceExtent(open.sql, id)
        for (const [at, text] of extentTexts(extent).entries()) terminal.line(at === 0 ? "deletes" : "", text)
        if (!yes) await confirmDeletion(terminal, id === name ? id : `${id}, ${name},`)
        let rows = 0
        await deleteDevice(open, id, Math.floor(Date.now() / 1000), step =>
            terminal.progress(`${((rows += step)).toLocaleString("en")} rows deleted`),
        )
        terminal.line("deleted", id)
        terminal.result({ id, name, ...extent })
        return exitCodes.fine
    })

function extentTexts({ readings, oldest, newest, hours, boots }: DeviceExtent): string[] {
    const range = oldest === null || newest === null ? "" : ` from ${timeText(oldest)} to ${timeText(newest)}`
    return [
        `${readings.toLocaleString("en")} readings of ${boots} ${boots === 1 ? "boot" : "boots"}${range}`,
        `means of ${hours.toLocaleString("en")} hours, also of 5 minutes and of days`,
        "its token, last status, losses, starts, settings and pins",
    ]
}
