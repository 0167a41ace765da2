/** One `.env` file, read by dotenv's rules; says where these rules keep less of a line than its author may expect. */
import { parse } from "dotenv"

/** A setting in a `.env` file. */
export interface EnvLine {
    value: string
    /** "device.env line 3", for messages */
    place: string
    /** what dotenv's rules have changed, if its author may not expect it: what, and how to keep the value */
    change?: Change
}

export interface Change {
    what: string
    nextStep: string
}

export interface EnvFile {
    lines: Map<string, EnvLine>
    /** never contain a value: it may be a token or a password */
    warnings: string[]
}

/** NAME=value or NAME: value (dotenv's README, "What rules does the parsing engine follow?"). */
const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)(.*)$/
const BLANK_OR_COMMENT = /^\s*(#|$)/
const QUOTE = /^["'`]/
/** Those of word processors, which dotenv takes as part of the value. */
const CURLY_QUOTE = /^[“”„‟‘’‚«»]/
const WHOLE_QUOTED = /^(["'`]).*\1\s*(?:#.*)?$/
/** Values in which a blank may stand before "#": elsewhere " # …" is a comment beyond doubt. */
const FREE_TEXT = ["WIFI_SSID", "WIFI_PWD"]

/**
 * Every setting of a file. dotenv decides on the values; the lines are looked at only for what to report.
 *
 * @param name of the file, for messages
 */
export function readEnvFile(text: string, name: string): EnvFile {
    const rows = text.split(/\r\n?|\n/)
    const lines: EnvFile["lines"] = new Map()
    const warnings: string[] = []
    const values = parse(text)
    for (let at = 0; at < rows.length; at++) {
        const place = `${name} line ${at + 1}`
        const [, key, written = ""] = ASSIGNMENT.exec(rows[at] ?? "") ?? []
        const value = key === undefined ? undefined : values[key]
        if (key === undefined || value === undefined) {
            if (!BLANK_OR_COMMENT.test(rows[at] ?? ""))
                warnings.push(`${place} is not NAME=value and is ignored; next: correct it, or put # in front`)
            continue
        }
        const first = lines.get(key)
        if (first) warnings.push(`${place}: ${key} stands in ${first.place} already, and this line counts`)
        const further = rowsWithin(rows.slice(at), written)
        const change = further === 0 ? changeOf(key, written) : undefined
        lines.set(key, { value, place, ...(change && { change }) })
        if (change) warnings.push(`${place}: ${key} ${change.what}; next: ${change.nextStep}`)
        at += further
    }
    return { lines, warnings }
}

/** What dotenv's rules do to a value that its author may not expect. */
function changeOf(key: string, written: string): Change | undefined {
    const text = written.trim()
    if (WHOLE_QUOTED.test(text)) return undefined
    if (QUOTE.test(text) || CURLY_QUOTE.test(text))
        return { what: "keeps its quote", nextStep: `put the value, and nothing else, between two ' or two "` }
    const hash = written.indexOf("#")
    if (hash < 0) return undefined
    const kept = written.slice(0, hash)
    const isComment = /\s$/.test(kept) && (kept.trim() === "" || !FREE_TEXT.includes(key))
    if (isComment) return undefined
    return { what: `is cut at "#", where a comment begins`, nextStep: "put the value between two '" }
}

/** How many further rows belong to a value whose quote is closed at the end of a later one. */
function rowsWithin(rows: string[], written: string): number {
    const [quote] = QUOTE.exec(written.trim()) ?? []
    if (quote === undefined || written.trim().indexOf(quote, 1) > 0) return 0
    const closing = rows.findIndex((row, at) => at > 0 && row.includes(quote))
    const [, behind = ""] = rows[closing]?.split(quote, 2) ?? []
    return closing > 0 && BLANK_OR_COMMENT.test(behind) ? closing : 0
}
