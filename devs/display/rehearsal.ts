/** Prints the table of `airpin rehearse`. */
import path from "node:path"
import type { BundleEntry } from "../../certs/bundle/bundle.ts"
import type { ChainKind } from "../../certs/possible-chains.ts"
import { isRisk, type Rehearsed } from "../../certs/rehearse.ts"
import { readName, shortName } from "../../certs/x509/name.ts"
import type { AnchorFile } from "../pins/anchor-file.ts"
import { type Terminal, tableText } from "./terminal.ts"

const KINDS: Record<ChainKind, string> = {
    served: "served",
    shorter: "shorter",
    alternate: "alternate",
    next: "next CA",
    "other-key": "other key",
    given: "given",
    backup: "backup",
    mistake: "mistakes",
}

/**
 * Prints the anchors, then one line per chain: its certificates, the name the chip looks up, and a
 * verdict for each set.
 */
export function showRehearsal(terminal: Terminal, rehearsed: Rehearsed[], sets: AnchorFile[]): void {
    for (const [at, { name, entries }] of sets.entries())
        terminal.line(at === 0 ? "anchors" : "", `${name}: ${anchorsText(entries)}`)
    terminal.blank()
    const header = ["chain as sent", "looked up", ...sets.map(({ name }) => path.basename(name))]
    const [head = "", ...lines] = tableText([header, ...rehearsed.map(cellsOf)])
    terminal.line("", terminal.paint("dim", head))
    for (const [at, row] of rehearsed.entries()) {
        const { kind } = row
        terminal.line(rehearsed[at - 1]?.kind === kind ? "" : KINDS[kind], painted(terminal, row, lines[at] ?? ""))
    }
    terminal.blank()
    showConclusion(terminal, rehearsed, sets)
}

/** longer lists are abbreviated: they are lists of public roots */
const MAX_NAMED = 12

function anchorsText(entries: BundleEntry[]): string {
    const names = entries.slice(0, MAX_NAMED).map(({ subjectDer }) => shortName(readName(subjectDer)))
    const rest = entries.length - names.length
    return [...names, ...(rest > 0 ? [`and ${rest} more`] : [])].join(", ") || "none"
}

function cellsOf({ label, certificates, verdicts }: Rehearsed): string[] {
    const names = certificates.map(({ subject }) => shortName(subject)).join(" ← ")
    const lookedUp = verdicts[0]?.lookedUp
    return [label ? `${label}: ${names}` : names, lookedUp ? shortName(lookedUp) : "", ...verdicts.map(verdictText)]
}

const verdictText = ({ accepted, error }: Rehearsed["verdicts"][number]) => (accepted ? "accepted" : `refused ${error}`)

function painted(terminal: Terminal, row: Rehearsed, line: string): string {
    if (row.kind === "mistake") return terminal.paint("dim", line)
    return isRisk(row) ? terminal.paint("red", line) : line
}

function showConclusion(terminal: Terminal, rehearsed: Rehearsed[], sets: AnchorFile[]): void {
    const counted = rehearsed.filter(({ kind }) => kind !== "mistake")
    for (const [at, { name }] of sets.entries()) {
        const refused = counted.filter(({ verdicts }) => !verdicts[at]?.accepted)
        const text = refused.length === 0 ? good(counted.length) : bad(refused, counted.length, at)
        terminal.line(
            at === 0 ? "verdict" : "",
            `${name}: ${terminal.paint(refused.length === 0 ? "green" : "red", text)}`,
        )
    }
}

const good = (count: number) => (count === 1 ? "the chain is accepted" : `all ${count} possible chains are accepted`)

function bad(refused: Rehearsed[], count: number, at: number): string {
    const missing = new Set(refused.flatMap(({ verdicts }) => verdicts[at]?.lookedUp ?? []).map(shortName))
    const names = missing.size === 0 ? "" : `; missing in the bundle: ${[...missing].join(", ")}`
    return `${refused.length} of ${count} possible chains would be refused${names}`
}
