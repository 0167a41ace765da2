/** Tables of figures as Markdown. */
import type { Catalogue, Figure, Group } from "./catalogue.ts"
import type { Compared } from "./compare.ts"
import { type Machine, machineText } from "./machine.ts"

const BEGIN = "<!-- made by airpin bench all --record: begin -->"
const END = "<!-- made by airpin bench all --record: end -->"

/** A value with the digits that mean something: "123.9 B", "0.68". */
export function valueText({ unit }: Pick<Figure, "unit">, value: number | null): string {
    if (value === null) return "not measured yet"
    const digits = Number.isInteger(value) || Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 2
    const text = value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    return unit === "" ? text : `${text} ${unit}`
}

export function toleranceText({ tolerance }: Figure): string {
    if (tolerance === undefined) return "not compared"
    return tolerance === 0 ? "none" : `${+(tolerance * 100).toFixed(1)} %`
}

/** The recorded figures of a document, which stand between two markers. */
export function recordedText(catalogue: Catalogue): string {
    const parts = catalogue.groups.flatMap(group => [`## ${group.title}`, group.about, recordedTable(group)])
    return [`Measured on ${catalogue.measuredOn}.`, ...parts].join("\n\n")
}

function recordedTable({ figures }: Group): string {
    const rows = Object.values(figures).map(figure => [
        figure.what,
        valueText(figure, figure.recorded),
        toleranceText(figure),
    ])
    return table([["figure", "value", "tolerance"], ...rows])
}

/** @throws Error if the document has no markers */
export function replaceRecorded(document: string, catalogue: Catalogue): string {
    const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)]
    if (begin < 0 || end < begin) throw new Error("the document has no markers of airpin bench all")
    return `${document.slice(0, begin + BEGIN.length)}\n\n${recordedText(catalogue)}\n\n${document.slice(end)}`
}

/** A run beside the recorded figures. */
export function runText(compared: Compared[], machine: Machine, seconds: number): string {
    const rows = compared.map(each => [
        each.figure.what,
        each.value === undefined ? "skipped" : valueText(each.figure, each.value),
        valueText(each.figure, each.figure.recorded),
        toleranceText(each.figure),
        each.verdict,
        each.skipped ?? each.note ?? "",
    ])
    const head = ["figure", "this run", "recorded", "tolerance", "verdict", "note"]
    const intro = `\`airpin bench all\` on ${machineText(machine)}; it took ${seconds.toFixed(0)} s.`
    return `# Figures\n\n${intro}\n\n${table([head, ...rows])}\n`
}

/** Cells are padded, as formatters of Markdown do. */
function table([head = [], ...rows]: string[][]): string {
    const widths = head.map((cell, at) => Math.max(...[head, ...rows].map(row => row[at]?.length ?? 0), cell.length, 3))
    const line = (cells: string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`
    const rule = line(widths.map(width => "-".repeat(width)))
    return [line(head), rule, ...rows.map(line)].join("\n")
}
