/**
 * Everything airpin prints.
 *
 * Rules: results go to stdout, progress and errors to stderr, so that a pipe
 * gets results only. Colour only on a terminal and without NO_COLOR. With
 * --json stdout holds one JSON document and nothing else. A verb's parts are
 * labelled in a fixed first column, so the eye finds them again.
 */
import { once } from "node:events"
import { createInterface } from "node:readline"
import { styleText } from "node:util"
import { AirpinError } from "../../certs/error.ts"

type Style = Parameters<typeof styleText>[0]

const LABEL_COLUMNS = 10
const PROGRESS_EVERY_MS = 250

export class Terminal {
    readonly json: boolean
    readonly quiet: boolean
    readonly #out = process.stdout
    readonly #err = process.stderr
    #progressAtMs = 0
    #progressShown = false

    constructor({ json = false, quiet = false } = {}) {
        this.json = json
        this.quiet = quiet
    }

    /** A line of the result, with a label in the first column: "" continues the part above. */
    line(label: string, text: string): void {
        if (this.json) return
        this.#clearProgress()
        this.#out.write(`${this.paint("bold", label.padEnd(LABEL_COLUMNS))}${text}\n`)
    }

    blank(): void {
        if (!this.json) this.#out.write("\n")
    }

    /** The verb's result for machines: printed with --json only. */
    result(value: unknown): void {
        if (this.json) this.#out.write(`${JSON.stringify(value, null, 4)}\n`)
    }

    /** Raw text as the result, whatever the options. */
    text(text: string): void {
        this.#clearProgress()
        this.#out.write(text)
    }

    /** A warning, on stderr. */
    warn(text: string): void {
        this.#clearProgress()
        this.#err.write(`${this.paint("yellow", "warning")}   ${text}\n`)
    }

    /** Where a slow thing stands: one line that overwrites itself, on a terminal only. */
    progress(text: string): void {
        const now = performance.now()
        if (this.quiet || !this.#err.isTTY || now - this.#progressAtMs < PROGRESS_EVERY_MS) return
        this.#progressAtMs = now
        this.#err.write(`\r\x1b[2K${text.slice(0, (this.#err.columns ?? 80) - 1)}`)
        this.#progressShown = true
    }

    /** True when somebody is there to answer `confirm`. */
    get isInteractive(): boolean {
        return process.stdin.isTTY && this.#err.isTTY && !this.json
    }

    /** A question on stderr, answered by a person: anything but y or yes, and the end of input, is no. */
    async confirm(question: string): Promise<boolean> {
        this.#clearProgress()
        const lines = createInterface({ input: process.stdin, output: this.#err })
        try {
            const ended = once(lines, "close").then(() => "")
            const answered = once(lines, "line").then(([line]) => String(line))
            this.#err.write(`${question} [y/N] `)
            return /^y(es)?$/i.test((await Promise.race([answered, ended])).trim())
        } finally {
            lines.close()
        }
    }

    /** An error with its code and the next step; also as JSON with --json. */
    error(error: unknown): void {
        this.#clearProgress()
        const { code, message, nextStep } = describe(error)
        if (this.json) this.result({ error: { code, message, nextStep } })
        this.#err.write(`${this.paint("red", "error")}     ${message} ${this.paint("dim", `[${code}]`)}\n`)
        if (nextStep) this.#err.write(`next      ${nextStep}\n`)
    }

    paint(style: Style, text: string): string {
        return this.#out.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text
    }

    #clearProgress(): void {
        if (!this.#progressShown) return
        this.#err.write("\r\x1b[2K")
        this.#progressShown = false
    }
}

function describe(error: unknown): { code: string; message: string; nextStep: string | undefined } {
    if (error instanceof AirpinError) return { code: error.code, message: error.message, nextStep: error.nextStep }
    const { code = "INTERNAL", message = String(error), stack } = error as NodeJS.ErrnoException
    return { code, message, nextStep: code === "INTERNAL" ? `please report this: ${stack}` : undefined }
}

/** "12.4 kB", as people read sizes. */
export function bytesText(bytes: number): string {
    return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`
}

/** A text of a file whose origin nobody knows: without what would steer a terminal. */
export const printable = (text: string) => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?")

/** A table with aligned columns; cells are plain text. */
export function tableText(rows: string[][]): string[] {
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
    return rows.map(row =>
        row
            .map((cell, column) => cell.padEnd(widths[column]!))
            .join("  ")
            .trimEnd(),
    )
}
