/**
 * Everything that airpin prints.
 *
 * Results go to stdout, progress, warnings and errors to stderr, so a pipe gets
 * results only. Colours and pictures appear only on a terminal and without NO_COLOR. With
 * --json, stdout is one JSON document and nothing else. The lines of a result
 * have their labels in a first column of fixed width.
 */
import { once } from "node:events"
import { createInterface } from "node:readline"
import { Writable } from "node:stream"
import { stripVTControlCharacters, styleText } from "node:util"
import { AirpinError, asAirpinError } from "../../certs/error.ts"

type Style = Parameters<typeof styleText>[0]

const LABEL_COLUMNS = 10
const PROGRESS_EVERY_MS = 250

/** What a terminal can show. */
export type Colors = "16 million" | "256"

export class Terminal {
    readonly json: boolean
    readonly quiet: boolean
    readonly #out = process.stdout
    readonly #err = process.stderr
    #progressAtMs = 0
    #progressShown = false
    #picture = { of: "", atMs: 0, rows: 0 }

    constructor({ json = false, quiet = false } = {}) {
        this.json = json
        this.quiet = quiet
    }

    /**
     * Prints a line of the result with a label in the first column; a line with the label "" belongs
     * to the one above.
     */
    line(label: string, text: string): void {
        if (this.json) return
        this.#clearProgress()
        this.#out.write(`${this.paint("bold", label.padEnd(LABEL_COLUMNS))}${text}\n`)
    }

    blank(): void {
        if (this.json) return
        this.#clearProgress()
        this.#out.write("\n")
    }

    /** Prints the command's result for machines, with --json only. */
    result(value: unknown): void {
        if (this.json) this.#out.write(`${JSON.stringify(value, null, 4)}\n`)
    }

    /** Prints text as it is, with --json too. */
    text(text: string): void {
        this.#clearProgress()
        this.#out.write(text)
    }

    /** Prints a warning to stderr. */
    warn(text: string): void {
        this.#clearProgress()
        this.#err.write(`${this.paint("yellow", "warning")}   ${text}\n`)
    }

    /** Shows the progress of slow work in one line that overwrites itself, on a terminal only. */
    progress(text: string): void {
        const now = performance.now()
        if (this.quiet || !this.#err.isTTY || now - this.#progressAtMs < PROGRESS_EVERY_MS) return
        this.#progressAtMs = now
        this.#err.write(`\r\x1b[2K${text.slice(0, (this.#err.columns ?? 80) - 1)}`)
        this.#progressShown = true
    }

    /**
     * Draws a picture below everything printed, in place of the one before; what is printed next takes its place.
     * On a terminal with colours only, high enough for it, a few times a second, and only what was not drawn yet.
     *
     * @param of tells pictures apart
     * @returns true if a picture is shown
     */
    picture(of: string, draw: (colors: Colors) => string[]): boolean {
        const now = performance.now()
        const colors = this.#colors()
        const isDrawn = this.#picture.rows > 0 && this.#picture.of === of
        if (!colors || isDrawn || now - this.#picture.atMs < PROGRESS_EVERY_MS) return this.#picture.rows > 0
        const lines = draw(colors)
        const isWider = lines.some(line => widthOf(line) > (this.#err.columns ?? 80))
        if (lines.length + 2 > (this.#err.rows ?? 0) || isWider) return this.#picture.rows > 0
        this.#clearProgress()
        this.#err.write(lines.map(line => `${line}\n`).join(""))
        this.#picture = { of, atMs: now, rows: lines.length }
        return true
    }

    /** Shows a table below everything printed, in place of the one before; on a terminal only, a few times a second. */
    table(rows: string[][]): void {
        const now = performance.now()
        if (this.quiet || !this.#err.isTTY || now - this.#picture.atMs < PROGRESS_EVERY_MS) return
        const width = (this.#err.columns ?? 80) - 1
        const lines = tableText(rows).map(line => line.slice(0, width))
        this.#clearProgress()
        this.#err.write(lines.map(line => `${line}\n`).join(""))
        this.#picture = { of: "table", atMs: now, rows: lines.length }
    }

    /** How many colours pictures have; undefined: none are drawn. */
    #colors(): Colors | undefined {
        if (this.quiet || this.json || !this.#out.isTTY || !this.#err.isTTY) return undefined
        const depth = this.#err.getColorDepth()
        return depth >= 24 ? "16 million" : depth >= 8 ? "256" : undefined
    }

    /** True if a person at a terminal can answer `confirm`. */
    get isInteractive(): boolean {
        return process.stdin.isTTY && this.#err.isTTY && !this.json
    }

    /** Asks on stderr and waits for a line; true for y or yes, false for anything else and the end of input. */
    async confirm(question: string): Promise<boolean> {
        return /^y(es)?$/i.test((await this.ask(`${question} [y/N] `)) ?? "")
    }

    /** Asks on stderr and waits for a line, without blanks around it; undefined at the end of input. */
    async ask(question: string): Promise<string | undefined> {
        this.#clearProgress()
        const lines = createInterface({ input: process.stdin, output: this.#err })
        try {
            lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"))
            const ended = once(lines, "close").then(() => undefined)
            const answered = once(lines, "line").then(([line]) => String(line).trim())
            this.#err.write(question)
            return await Promise.race([answered, ended])
        } finally {
            lines.close()
        }
    }

    /**
     * Asks for a secret on stderr, and shows nothing of what is typed; without a terminal it is the first line of stdin.
     * Ctrl-C ends the process as it does elsewhere.
     */
    async secret(question: string): Promise<string> {
        this.#clearProgress()
        const isTyped = process.stdin.isTTY === true
        const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
        const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTyped })
        try {
            if (isTyped) this.#err.write(question)
            lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"))
            const ended = once(lines, "close").then(() => "")
            const answered = once(lines, "line").then(([line]) => String(line))
            return await Promise.race([answered, ended])
        } finally {
            lines.close()
            if (isTyped) this.#err.write("\n")
        }
    }

    /**
     * Asks until `check` takes the answer: shows why it does not, and asks again. An empty line is the answer `initial`.
     *
     * @param secret nothing of what is typed is shown, nor is `initial`
     * @param isFinal errors after which it is not asked again
     * @returns what `check` returns; undefined at the end of input
     * @throws AirpinError for which `isFinal` is true
     */
    async question<Value>(
        { text, initial, secret = false }: { text: string; initial?: string | undefined; secret?: boolean | undefined },
        check: (answer: string) => Value | Promise<Value>,
        isFinal: (error: AirpinError) => boolean = () => false,
    ): Promise<Value | undefined> {
        const shown = initial === undefined || initial === "" ? "" : ` [${secret ? "as before" : printable(initial)}]`
        for (;;) {
            const typed = secret ? await this.secret(`${text}${shown}: `) : await this.ask(`${text}${shown}: `)
            if (typed === undefined || (typed === "" && process.stdin.readableEnded)) return undefined
            try {
                return await check(typed === "" ? (initial ?? "") : typed)
            } catch (error) {
                if (!(error instanceof AirpinError) || isFinal(error)) throw error
                this.error(error)
            }
        }
    }

    /**
     * Prints an error with its code and next step to stderr; with --json, also as JSON to stdout.
     *
     * @param result what the command did all the same: the other members of the JSON document
     */
    error(error: unknown, result: object = {}): void {
        this.#clearProgress()
        const { code, message, nextStep } = asAirpinError(error)
        if (this.json) this.result({ ...result, error: { code, message, nextStep } })
        this.#err.write(`${this.paint("red", "error")}     ${message} ${this.paint("dim", `[${code}]`)}\n`)
        this.#err.write(`next      ${nextStep}\n`)
    }

    paint(style: Style, text: string): string {
        return this.#out.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text
    }

    #clearProgress(): void {
        if (this.#progressShown) this.#err.write("\r\x1b[2K")
        this.#progressShown = false
        if (this.#picture.rows > 0) this.#err.write(`\x1b[${this.#picture.rows}A\x1b[J`)
        this.#picture.rows = 0
    }
}

/** A size with its unit: "812 B", "12.4 kB". */
export function bytesText(bytes: number): string {
    return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`
}

/** A text from an untrusted source, with ? for control and format characters, which could steer a terminal. */
export const printable = (text: string) => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, "?")

/** Columns that a line with colours takes. */
const widthOf = (line: string) => stripVTControlCharacters(line).length

/** The lines of a table with aligned columns; cells are plain text. */
export function tableText(rows: string[][]): string[] {
    const columns = Math.max(0, ...rows.map(row => row.length))
    const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map(row => row[at]?.length ?? 0)))
    return rows.map(row =>
        row
            .map((cell, at) => cell.padEnd(widths[at] ?? 0))
            .join("  ")
            .trimEnd(),
    )
}
