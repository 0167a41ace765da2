/** `airpin site`: what belongs to the whole school, as the page changes it. */
import { InvalidArgumentError } from "@commander-js/extra-typings"
import { AirpinError } from "../../../certs/error.ts"
import { decodeText } from "../../../certs/read/text.ts"
import { checkedDocument, invalid } from "../../api/site/document-schema.ts"
import { parseRooms, type RoomLine, roomOfLine, wrongLine } from "../../api/site/rooms-file.ts"
import { type Co2Limits, limitPresets, type Room, type Site } from "../../api/site/site.ts"
import { readSite, type SiteChange, writeSite } from "../../api/site/site-store.ts"
import type { Database, Sql } from "../../api/store/database.ts"
import { deviceIdOf } from "../../api/store/device-lookup.ts"
import { listDevices } from "../../api/store/devices.ts"
import { limitsText, showSite } from "../../display/site.ts"
import type { Terminal } from "../../display/terminal.ts"
import { readFileBytes } from "../../files.ts"
import { type Command, command, exitCodes, run } from "../command.ts"
import { type DatabaseOption, databaseOption, withExistingDatabase } from "./open-database.ts"

/** What takes back the limits of a room. */
const DEFAULT = "default"

export const definition = command()
    .addCommand(
        command()
            .name("show")
            .description("show name, limits of CO2, lessons, holidays, and the group of each room")
            .addOption(databaseOption())
            .action(run((terminal, options) => show(options, terminal))),
    )
    .addCommand(
        command()
            .name("set")
            .description("change the fields that a JSON file has, such as that of: airpin site show --json")
            .argument("<file>")
            .addOption(databaseOption())
            .action(run((terminal, file, { db }) => set({ file, db }, terminal))),
    )
    .addCommand(
        command()
            .name("limits")
            .description("set the limits of CO2 of every room, or of one, and with them those of the devices")
            .argument("<limits>", "school (800/1400), uba (1000/2000), FAIR/POOR in ppm, or default", limitsOf)
            .option("--room <device>", "of this room only, by the id or name of its device")
            .addOption(databaseOption())
            .action(run((terminal, limits, options) => setLimits({ limits, ...options }, terminal))),
    )
    .addCommand(
        command()
            .name("rooms")
            .description("set groups, and limits where it has them, from a CSV file: room,group[,fair,poor]")
            .argument("<file>")
            .addOption(databaseOption())
            .action(run((terminal, file, { db }) => setRooms({ file, db }, terminal))),
    )

function limitsOf(text: string): Co2Limits | typeof DEFAULT {
    if (text === DEFAULT) return DEFAULT
    const preset = Object.entries(limitPresets).find(([name]) => name === text)
    if (preset) return preset[1]
    const [, fair, poor] = /^(\d+)\/(\d+)$/.exec(text) ?? []
    if (fair === undefined) throw new InvalidArgumentError("It must be school, uba, default, or FAIR/POOR in ppm.")
    return { fairPpm: Number(fair), poorPpm: Number(poor) }
}

/** `airpin site show`. */
const show: Command<DatabaseOption> = async ({ db }, terminal) => {
    const { site, devices } = await withExistingDatabase(db, terminal, async ({ sql }) => ({
        site: await readSite(sql),
        devices: await listDevices(sql),
    }))
    showSite(terminal, site, devices)
    terminal.result(site)
    return exitCodes.fine
}

interface FileOptions extends DatabaseOption {
    file: string
}

/** `airpin site set`. */
const set: Command<FileOptions> = async ({ file, db }, terminal) => {
    const fields = fieldsOf(file, decodeText(await readFileBytes(file)))
    return await change(db, terminal, async (_sql, site) => ({ ...site, ...fields }))
}

function fieldsOf(file: string, text: string): object {
    try {
        const value: unknown = JSON.parse(text)
        if (typeof value === "object" && value !== null && !Array.isArray(value)) return value
    } catch (cause) {
        throw new AirpinError("SITE_DOCUMENT_INVALID", `${file} is not JSON: ${Object(cause).message}`, { cause })
    }
    throw invalid(file, "it has no object with fields of the site")
}

interface LimitsOptions extends DatabaseOption {
    limits: Co2Limits | typeof DEFAULT
    room?: string | undefined
}

/** `airpin site limits`. */
const setLimits: Command<LimitsOptions> = ({ limits, room, db }, terminal) =>
    change(db, terminal, async (sql, site) => {
        const own = limits === DEFAULT ? undefined : limits
        if (room === undefined) return { ...site, limits: own ?? limitPresets.uba }
        const id = await deviceIdOf(sql, room)
        const { limits: _, ...others } = site.rooms[id] ?? {}
        return { ...site, rooms: { ...site.rooms, [id]: { ...others, ...(own && { limits: own }) } } }
    })

/** `airpin site rooms`. */
const setRooms: Command<FileOptions> = async ({ file, db }, terminal) => {
    const lines = parseRooms(decodeText(await readFileBytes(file)))
    return await change(db, terminal, async (sql, site) => ({
        ...site,
        rooms: await roomsWith(sql, site.rooms, lines),
    }))
}

/** The rooms with those of the file; others stay as they are. */
async function roomsWith(sql: Sql, before: Site["rooms"], lines: RoomLine[]): Promise<Site["rooms"]> {
    const rooms: Record<string, Room> = { ...before }
    const seen = new Map<string, number>()
    for (const line of lines) {
        const id = await deviceIdOf(sql, line.room).catch(error => {
            throw error instanceof AirpinError ? wrongLine(line.line, error.message) : error
        })
        const first = seen.get(id)
        if (first !== undefined) throw wrongLine(line.line, `line ${first} has the device ${id} already`)
        seen.set(id, line.line)
        rooms[id] = roomOfLine(line, before[id])
    }
    return rooms
}

/** Stores what `work` makes of the site, and says what follows. */
async function change(
    place: string,
    terminal: Terminal,
    work: (sql: Sql, site: Site) => Promise<object>,
): Promise<number> {
    const { site, devices } = await withExistingDatabase(
        place,
        terminal,
        (db: Database): Promise<SiteChange> =>
            readSite(db.sql).then(async site =>
                writeSite(db, checkedDocument(await work(db.sql, site)), Math.floor(Date.now() / 1000)),
            ),
    )
    terminal.line("site", `revision ${site.revision}`)
    terminal.line("limits", limitsText(site.limits))
    if (devices.length > 0) terminal.line("devices", `get other limits with their next post: ${devices.join(", ")}`)
    terminal.result({ ...site, devices })
    return exitCodes.fine
}
