/** Checks a whole list of devices, and finds every mistake at once. */
import { AirpinError } from "../../../certs/error.ts"
import type { ErrorCode } from "../../../certs/error-codes/table.ts"
import { idOrName } from "../../api/device-registry.ts"
import { groupParts } from "../../api/site/site.ts"
import type { Board } from "../../image/boards.ts"
import { asStored } from "../../image/settings/device-env.ts"
import { refusalOf, settingNames, similarName } from "../../image/settings/setting-rules.ts"
import type { EnvSettings, Wifi } from "../../image/store-entries.ts"
import type { Cell, Entry, Place } from "./entry.ts"
import { type Networks, networkKey } from "./networks.ts"

/** A device of a list that was checked. */
export interface FleetDevice {
    /** the room's; the device's at the server */
    name: string
    board: Board
    /** "Building A / Floor 1"; "" for none */
    group: string
    /** its own, over those of all devices; without token and network */
    settings: EnvSettings
    /** undefined: that of all devices */
    wifi?: Wifi
}

export interface CheckedList {
    devices: FleetDevice[]
    warnings: string[]
}

/** What a list is checked against. */
export interface ListContext {
    /** for messages: "rooms.csv" */
    file: string
    boards: Board[]
    networks: Networks
}

/** A mistake in the list. Its text contains no password. */
export interface Problem extends Place {
    column: string
    code: ErrorCode
    message: string
}

/** Columns besides the settings. */
const COLUMNS = ["name", "board", "group", "building", "floor", "wifi"]
/** Columns with the name of a setting that nobody types in capitals. */
const SHORT: Record<string, string> = { interval: "INTERVAL_S", batch: "BATCH" }
/** DEVICE_NAME_PATTERN of devs/api/device-registry.ts */
const NAME = /^\P{C}{1,64}$/u
/** What a token or an address of its own would be for: the list's devices have one server. */
const REFUSED = ["API_TOKEN"]

/** @throws AirpinError FLEET_LIST_INVALID with all problems; if there is only one, with its code */
export function checkList(entries: Entry[], context: ListContext): CheckedList {
    const problems: Problem[] = []
    const devices = entries.map(entry => deviceOf(entry, context, problems))
    reportTwins(entries, problems)
    if (entries.length === 0)
        problems.push({ line: 1, column: "", code: "FLEET_LIST_INVALID", message: "the list has no device" })
    if (problems.length > 0) throw refusal(context.file, problems)
    const hasPassword = entries.some(({ cells }) => cells.some(({ column }) => settingOf(column) === "WIFI_PWD"))
    return {
        devices: devices.flatMap(device => device ?? []),
        warnings: hasPassword
            ? [
                  `${context.file} contains Wi-Fi passwords; next: put them into a file of networks, and name it with --networks`,
              ]
            : [],
    }
}

function refusal(file: string, problems: Problem[]): AirpinError {
    const sorted = problems.sort((a, b) => a.line - b.line)
    const texts = sorted.map(
        ({ line, character, column, message, code }) =>
            `${file}:${line}${character ? `:${character}` : ""}${column && ` ${column}`}: ${message} [${code}]`,
    )
    if (texts.length === 1) return new AirpinError(problems[0]?.code ?? "FLEET_LIST_INVALID", texts[0] ?? "")
    return new AirpinError("FLEET_LIST_INVALID", `${texts.length} mistakes:\n${texts.join("\n")}`)
}

/** The name of the setting that a column holds: "interval" is INTERVAL_S. */
function settingOf(column: string): string | undefined {
    const name = SHORT[column.toLowerCase()] ?? column.toUpperCase()
    return settingNames().includes(name) && !REFUSED.includes(name) ? name : undefined
}

function deviceOf(entry: Entry, context: ListContext, problems: Problem[]): FleetDevice | undefined {
    const report = (place: Place, column: string, code: ErrorCode, message: string) =>
        problems.push({
            line: place.line,
            ...(place.character && { character: place.character }),
            column,
            code,
            message,
        })
    const cell = (name: string) => entry.cells.find(({ column }) => column.toLowerCase() === name)
    const required = (name: string) => {
        const found = cell(name)
        if (!found) report(entry, name, "FLEET_CELL_EMPTY", `it is empty`)
        return found
    }
    const name = required("name")
    const boardCell = required("board")
    if (name && !NAME.test(name.text))
        report(name, "name", "DEVICE_NAME_INVALID", "a name has 1 to 64 printable characters")
    const board = boardCell && context.boards.find(({ id }) => id === boardCell.text)
    if (boardCell && !board)
        report(
            boardCell,
            "board",
            "BOARD_UNKNOWN",
            `there is no board ${JSON.stringify(boardCell.text)}; there are ${context.boards.map(({ id }) => id).join(", ")}`,
        )
    const group = groupOf(cell("group"), cell("building"), cell("floor"))
    if (group.length > 64)
        report(cell("group") ?? entry, "group", "SITE_DOCUMENT_INVALID", "a group has at most 64 characters")
    const settings = settingsOf(entry, report)
    const wifi = wifiOf(cell("wifi"), settings, context, report)
    const { WIFI_SSID: _, WIFI_PWD: __, ...others } = settings
    return name && board && { name: name.text, board, group, settings: others, ...(wifi && { wifi }) }
}

type Report = (place: Place, column: string, code: ErrorCode, message: string) => void

function groupOf(group?: Cell, building?: Cell, floor?: Cell): string {
    return groupParts([group, building, floor].map(cell => cell?.text ?? "").join("/")).join(" / ")
}

function settingsOf({ cells }: Entry, report: Report): EnvSettings {
    const settings: EnvSettings = {}
    for (const cell of cells) {
        const { column, text } = cell
        if (COLUMNS.includes(column.toLowerCase())) continue
        const name = settingOf(column)
        if (name === undefined) {
            const similar = similarName(column)
            const hint =
                column === "" ? "the line has more cells than there are columns" : `there is no setting ${column}`
            report(cell, column, "FLEET_COLUMN_UNKNOWN", `${hint}${similar ? `; did you mean ${similar}?` : ""}`)
            continue
        }
        const refusal = refusalOf(name, text)
        if (refusal) report(cell, column, refusal.code, refusal.message)
        settings[name] = asStored(name, text)
    }
    return settings
}

/** The network that the list names, or that of its own columns WIFI_SSID and WIFI_PWD. */
function wifiOf(cell: Cell | undefined, settings: EnvSettings, context: ListContext, report: Report): Wifi | undefined {
    const { WIFI_SSID: ssid, WIFI_PWD: passphrase } = settings
    if (ssid !== undefined) return { ssid, ...(passphrase !== undefined && { passphrase }) }
    if (!cell) return undefined
    const key = networkKey(cell.text)
    const network = context.networks.byName.get(key)
    if (!network) report(cell, "wifi", "FLEET_NETWORK_UNKNOWN", `no file of networks has ${key}_SSID`)
    return network
}

function reportTwins(entries: Entry[], problems: Problem[]): void {
    const first = new Map<string, number>()
    for (const { cells } of entries) {
        const cell = cells.find(({ column }) => column.toLowerCase() === "name")
        if (!cell) continue
        const { id, name } = idOrName(cell.text)
        const key = id ?? name.toLowerCase()
        const line = first.get(key)
        const { line: at, character } = cell
        if (line !== undefined)
            problems.push({
                line: at,
                ...(character && { character }),
                column: "name",
                code: "FLEET_NAME_TWICE",
                message: `line ${line} has the name ${JSON.stringify(cell.text)} already`,
            })
        else first.set(key, at)
    }
}
