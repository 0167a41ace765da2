import { AirpinError } from "../../../certs/error.ts"
import { parseSettings, settingTexts } from "../../api/desired-settings.ts"
import { addDevice, idOrName, setDevice } from "../../api/device-registry.ts"
import { storePins } from "../../api/pins/device-pins.ts"
import type { Sql } from "../../api/store/database.ts"
import { deviceStates } from "../../api/store/device-views.ts"
import { knownDevice, listDevices, revokeDevice } from "../../api/store/devices.ts"
import type { DeviceState } from "../../api/store/records.ts"
import { showDevice, timeText } from "../../display/device.ts"
import { tableText } from "../../display/terminal.ts"
import { anchorCountText } from "../../display/trust.ts"
import { type Command, command, exitCodes, run } from "../command.ts"
import { deletion, keeping, renaming, rotation } from "./device-changes.ts"
import { assertForNewDevice, manifestOf, pinning, pinsIn } from "./device-pins.ts"
import {
    type DatabaseOption,
    type DeviceOptions,
    databaseOption,
    withDatabase,
    withDevice,
    withExistingDatabase,
} from "./open-database.ts"
import { caOption, remoteDevices, type ServerOptions, serverOption, tokenOption } from "./remote-devices.ts"

export const definition = command()
    .addCommand(
        command()
            .name("add")
            .description("add a device and show its token, this once")
            .argument("<name>")
            .option("--manifest <file>", "store what it trusts: the manifest beside its image, or that image")
            .addOption(databaseOption())
            .action(run((terminal, name, options) => add({ name, ...options }, terminal))),
    )
    .addCommand(
        command()
            .name("list")
            .description("list the devices of a database, or of a running server")
            .addOption(databaseOption())
            .addOption(serverOption())
            .addOption(caOption())
            .addOption(tokenOption())
            .action(run((terminal, options) => list(options, terminal))),
    )
    .addCommand(
        command()
            .name("revoke")
            .description("refuse a device's token from now on")
            .argument("<device>", "its id or name")
            .addOption(databaseOption())
            .action(run((terminal, device, { db }) => revoke({ device, db }, terminal))),
    )
    .addCommand(
        command()
            .name("show")
            .description("show a device's last reported state: starts, sensors, connection, settings")
            .argument("<device>", "its id or name")
            .addOption(databaseOption())
            .action(run((terminal, device, { db }) => show({ device, db }, terminal))),
    )
    .addCommand(
        command()
            .name("set")
            .description("set the desired settings of a device; RECALIBRATE_PPM=N is applied once")
            .argument("<device>", "its id or name")
            .argument("<settings...>", "KEY=VALUE, for example INTERVAL_S=30")
            .addHelpText("after", () => `\nSettings:\n  ${settingTexts().join("\n  ")}`)
            .addOption(databaseOption())
            .action(run((terminal, device, settings, { db }) => set({ device, settings, db }, terminal))),
    )
    .addCommand(pinning)
    .addCommand(keeping)
    .addCommand(renaming)
    .addCommand(rotation)
    .addCommand(deletion)

/** `airpin device add`. */
const add: Command<DatabaseOption & { name: string; manifest?: string }> = async (options, terminal) => {
    const { db, name } = options
    const manifest = options.manifest === undefined ? undefined : await manifestOf(options.manifest, terminal)
    const { device, token, place } = await withDatabase(db, terminal, async open => {
        if (manifest) await assertForNewDevice(open.sql, manifest, name)
        const added = await addDevice(open, { ...idOrName(name), createdAt: nowS() })
        if (manifest) await storePins(open, added.device.id, pinsIn(manifest), nowS())
        return { ...added, place: open.place }
    })
    terminal.line("device", device.id)
    terminal.line("database", place)
    if (manifest) terminal.line("pins", `${anchorCountText(manifest.anchors.length)} of ${manifest.file}`)
    terminal.line("token", `${token}  (shown only once)`)
    terminal.line("next", "put it into .env.local as API_TOKEN=…, then: airpin image --board ID")
    terminal.result({ id: device.id, name: device.name, token, database: place })
    return exitCodes.fine
}

/** `airpin device list`. */
const list: Command<DatabaseOption & Partial<ServerOptions>> = async ({ db, server, ...access }, terminal) => {
    if (server === undefined && (access.ca ?? access.token) !== undefined)
        throw new AirpinError("USAGE_WRONG", "--ca and --token belong to --server", "see airpin device list --help")
    const devices = server
        ? await remoteDevices({ server, ...access })
        : await withExistingDatabase(db, terminal, ({ sql }) => listDevices(sql))
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
const revoke: Command<DeviceOptions> = (options, terminal) =>
    withDevice(options, terminal, async (open, id) => {
        await revokeDevice(open, id, nowS())
        terminal.line("revoked", `${id}: its next post will be refused; its readings stay`)
        terminal.result({ id, revoked: true })
        return exitCodes.fine
    })

/** `airpin device set`. */
const set: Command<DeviceOptions & { settings: string[] }> = async ({ settings: texts, ...options }, terminal) => {
    const changes = parseSettings(texts)
    const { id, settings, withdrawn } = await withDevice(options, terminal, async (open, id) => ({
        id,
        ...(await setDevice(open, id, changes, nowS())),
    }))
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
const show: Command<DeviceOptions> = async (options, terminal) => {
    const device = await withDevice(options, terminal, async ({ sql }, id) => ({
        ...(await knownDevice(sql, id)),
        ...(await stateOf(sql, id)),
    }))
    showDevice(terminal, device, nowS())
    terminal.result(device)
    return exitCodes.fine
}

async function stateOf(sql: Sql, id: string): Promise<DeviceState> {
    const state = (await deviceStates(sql, id)).get(id)
    if (state === undefined) throw new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
    return state
}

const nowS = () => Math.floor(Date.now() / 1000)
