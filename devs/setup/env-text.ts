/** Changes settings in the text of a `.env` file; its other lines and comments stay as they are. */
import { AirpinError } from "../../certs/error.ts"
import { readEnvFile } from "../image/settings/env-file.ts"

/** Values that need no quotes by dotenv's rules. */
const PLAIN = /^[A-Za-z0-9_.:/+~=@%,-]*$/
const QUOTES = ["'", "`", '"']

/** NAME='value' such that dotenv reads the value back. @throws AirpinError SETTING_INVALID */
function lineOf(name: string, value: string): string {
    if (PLAIN.test(value)) return `${name}=${value}`
    // only between two " does dotenv change what it reads: \n becomes a line break
    const quote = QUOTES.find(mark => !value.includes(mark) && !(mark === '"' && value.includes("\\")))
    if (quote === undefined)
        throw new AirpinError(
            "SETTING_INVALID",
            `${name} contains each kind of quote, and cannot be written into a settings file`,
            "choose another value",
        )
    return `${name}=${quote}${value}${quote}`
}

/** The names whose value in the file is another one. */
export function changedNames(text: string, values: Record<string, string>): string[] {
    const { lines } = readEnvFile(text, "")
    return Object.keys(values).filter(name => {
        const before = lines.get(name)?.value ?? ""
        return before !== "" && before !== values[name]
    })
}

/**
 * The text with these settings: in place of the line that counts today, else at the end.
 *
 * @throws AirpinError SETTING_INVALID for a value that a `.env` file cannot hold
 */
export function withSettings(text: string, values: Record<string, string>): string {
    const eol = text.includes("\r\n") ? "\r\n" : "\n"
    const rows = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/)
    const { lines } = readEnvFile(rows.join("\n"), "")
    const added: string[] = []
    for (const [name, value] of Object.entries(values)) {
        const present = lines.get(name)
        if (present?.value === value) continue
        const row = Number(/line (\d+)$/.exec(present?.place ?? "")?.[1] ?? 0)
        // a value over several rows stays, and the line at the end counts
        if (row > 0 && !present?.value.includes("\n")) rows[row - 1] = lineOf(name, value)
        else added.push(lineOf(name, value))
    }
    return [...rows, ...added].map(line => line + eol).join("")
}
