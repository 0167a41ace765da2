/** A list of devices in YAML: a sequence of mappings, or one below `devices:` with what all of them share in `all:`. */
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml"
import { AirpinError } from "../../../certs/error.ts"
import type { Cell, Entry } from "./entry.ts"

/** @throws AirpinError FLEET_LIST_UNREADABLE */
export function readYamlList(text: string, file: string): Entry[] {
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines })
    const [error] = document.errors
    if (error)
        throw new AirpinError("FLEET_LIST_UNREADABLE", `${file}: ${error.message.split("\n")[0]}`, { cause: error })
    const root = document.contents
    const devices = isMap(root) ? root.get("devices") : root
    const all = isMap(root) ? root.get("all") : undefined
    if (!isSeq(devices)) throw unreadable(file, "it has no sequence of devices")
    const shared = isMap(all) ? cellsOf(all, file, lines) : []
    return devices.items.map(item => {
        if (!isMap(item)) throw unreadable(file, `${placeText(item, lines)}: an entry is no mapping of names to values`)
        const own = cellsOf(item, file, lines)
        const others = shared.filter(({ column }) => !own.some(cell => cell.column === column))
        return { ...placeOf(item, lines), cells: [...own, ...others].filter(({ text }) => text !== "") }
    })
}

function cellsOf(map: YAMLMap, file: string, lines: LineCounter): Cell[] {
    return map.items.map(({ key, value }: Pair) => {
        if (!isScalar(key) || (value !== null && !isScalar(value)))
            throw unreadable(file, `${placeText(key ?? map, lines)}: a value is neither a text nor a number`)
        // as it is written: 010 and 1e3 are no numbers of a device
        const text = value?.value == null ? "" : (value.source ?? String(value.value))
        return { ...placeOf(key, lines), column: String(key.value), text }
    })
}

function placeOf(node: unknown, lines: LineCounter): { line: number; character: number } {
    const { line, col } = lines.linePos((node as Partial<Node>)?.range?.[0] ?? 0)
    return { line, character: col }
}

function placeText(node: unknown, lines: LineCounter): string {
    const { line, character } = placeOf(node, lines)
    return `line ${line}:${character}`
}

const unreadable = (file: string, problem: string) => new AirpinError("FLEET_LIST_UNREADABLE", `${file}: ${problem}`)
