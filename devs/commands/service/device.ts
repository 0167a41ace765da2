import { stat } from "node:fs/promises"
import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../../certs/error.ts"
import { makeFolder, PRIVATE_FOLDER_MODE } from "../../../certs/replace-file.ts"
import { parseSettings, settingTexts } from "../../api/desired-settings.ts"
import { addDevice, setDevice } from "../../api/device-registry.ts"
import type { Database, Sql } from "../../api/store/database.ts"
import { deviceStates } from "../../api/store/device-views.ts"
import { knownDevice, listDevices, revokeDevice } from "../../api/store/devices.ts"
import type { DeviceState } from "../../api/store/records.ts"
import { showDevice, timeText } from "../../display/device.ts"
import { type Terminal, tableText } from "../../display/terminal.ts"
import { type Command, command, DEFAULT_DATABASE, exitCodes, run } from "../command.ts"
import { openDatabaseFile } from "./open-database.ts"

interface DatabaseOption {
    db: string
}

const database = () => new Option("--db <file>", "database").default(DEFAULT_DATABASE)

export const definition = command()
    .addCommand(
        command()
            .name("add")
            .description("add a device and show its token, this once")
            .argument("<name>")
            .addOption(database())
            .action(run((terminal, name, { db }) => add({ name, db }, terminal))),
    )
    .addCommand(
        command()
            .name("list")
            .description("list the devices")
            .addOption(database())
            .action(run((terminal, { db }) => list({ db }, terminal))),
    )
    .addCommand(
        command()
            .name("revoke")
            .description("refuse a device's token from now on")
            .argument("<id>")
            .addOption(database())
            .action(run((terminal, id, { db }) => revoke({ id, db }, terminal))),
    )
    .addCommand(
        command()
            .name("show")
            .description("show a device's last reported state: starts, sensors, connection, settings")
            .argument("<id>")
            .addOption(database())
            .action(run((terminal, id, { db }) => show({ id, db }, terminal))),
    )
    .addCommand(
        command()
            .name("set")
            .description("set the desired settings of a device; RECALIBRATE_PPM=N is applied once")
            .argument("<id>")
            .argument("<settings...>", "KEY=VALUE, for example INTERVAL_S=30")
            .addHelpText("after", () => `\nSettings:\n  ${settingTexts().join("\n  ")}`)
            .addOption(database())
            .action(run((terminal, id, settings, { db }) => set({ id, settings, db }, terminal))),
    )

/** `airpin device add`. */
const add: Command<DatabaseOption & { name: string }> = async ({ db, name }, terminal) => {
    await makeFolder(path.dirname(db), PRIVATE_FOLDER_MODE)
    const { device, token } = await withDatabase(db, terminal, open =>
        addDevice(open, { ...idOrName(name), createdAt: nowS() }),
    )
    terminal.line("device", device.id)
    terminal.line("database", path.resolve(db))
    terminal.line("token", `${token}  (shown only once)`)
    terminal.line("next", "put it into .env.local as API_TOKEN=…, then: airpin image --board ID")
    terminal.result({ id: device.id, name: device.name, token, database: path.resolve(db) })
    return exitCodes.fine
}

/** `airpin device list`. */
const list: Command<DatabaseOption> = async ({ db }, terminal) => {
    const devices = await withExistingDatabase(db, terminal, ({ sql }) => listDevices(sql))
    const rows = devices.map(({ id, name, lastSeenAt, revokedAt, lost, gap }) => [
        id,
        name,
        lastSeenAt === null ? "never" : timeText(lastSeenAt),
        revokedAt === null ? "" : `revoked ${timeText(revokedAt)}`,
        [lost ? `${lost} lost` : [], gap ? `${gap} missing around power cuts` : []].flat().join(", "),
    ])
    if (devices.length === 0) terminal.line("", "no device yet: airpin device add NAME adds one")
    else for (const row of tableText([["ID", "NAME", "LAST SEEN", "", ""], ...rows])) terminal.line("", row)
    terminal.result(devices)
    return exitCodes.fine
}

/** `airpin device revoke`. */
const revoke: Command<DatabaseOption & { id: string }> = async ({ db, id }, terminal) => {
    await withExistingDatabase(db, terminal, open => revokeDevice(open, id, nowS()))
    terminal.line("revoked", `${id}: its next post will be refused; its readings stay`)
    terminal.result({ id, revoked: true })
    return exitCodes.fine
}

/** `airpin device set`. */
const set: Command<DatabaseOption & { id: string; settings: string[] }> = async (
    { db, id, settings: texts },
    terminal,
) => {
    const changes = parseSettings(texts)
    const { settings, withdrawn } = await withExistingDatabase(db, terminal, open =>
        setDevice(open, id, changes, nowS()),
    )
    const { revision, desired } = settings
    if (withdrawn) terminal.warn("the device had not applied the previous revision: its recalibration is withdrawn")
    terminal.line(
        "desired",
        `revision ${revision}: ${Object.entries(desired)
            .map(([name, value]) => `${name}=${value}`)
            .join(" ")}`,
    )
    terminal.line(
        "next",
        `the device receives them in the response to its next post; check with: airpin device show ${id}`,
    )
    terminal.result({ id, revision, desired, withdrawn })
    return exitCodes.fine
}

/** `airpin device show`. */
const show: Command<DatabaseOption & { id: string }> = async ({ db, id }, terminal) => {
    const device = await withExistingDatabase(db, terminal, async ({ sql }) => ({
        ...(await knownDevice(sql, id)),
        ...(await stateOf(sql, id)),
    }))
    showDevice(terminal, device, nowS())
    terminal.result(device)
    return exitCodes.fine
}

/** A name that is a valid id becomes the id too; for any other name an id is generated. */
function idOrName(name: string): { id?: string; name: string } {
    return /^[a-z0-9-]{1,32}$/.test(name) ? { id: name, name } : { name }
}

/** @throws AirpinError DATABASE_MISSING instead of creating a database */
async function withExistingDatabase<Result>(
    file: string,
    terminal: Terminal,
    use: (open: Database) => Promise<Result>,
): Promise<Result> {
    const found = await stat(file).catch(() => undefined) // what else is wrong with it, opening it says
    if (!found) throw new AirpinError("DATABASE_MISSING", `there is no database ${path.resolve(file)}`)
    if (found.isFile() && found.size === 0)
        throw new AirpinError("DATABASE_MISSING", `${path.resolve(file)} is an empty file`)
    return withDatabase(file, terminal, use)
}

/** Creates the database if it does not exist. */
async function withDatabase<Result>(
    file: string,
    terminal: Terminal,
    use: (open: Database) => Promise<Result>,
): Promise<Result> {
    const open = await openDatabaseFile(file, terminal)
    try {
        return await use(open)
    } finally {
        await open.close()
    }
}

async function stateOf(sql: Sql, id: string): Promise<DeviceState> {
    const state = (await deviceStates(sql, id)).get(id)
    if (state === undefined) throw new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
    return state
}

const nowS = () => Math.floor(Date.now() / 1000)
