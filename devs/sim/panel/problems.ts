/** What a program does to the parts of a panel that their datasheets forbid: recorded, not thrown. */

export type ProblemKind =
    /** bytes for a part that the power chip has not switched on */
    | "no-power"
    /** commands before the first reset since power-up, or while reset is low */
    | "no-reset"
    | "in-reset"
    /** before the time that the datasheet demands has passed; the command is lost */
    | "too-early"
    /** bytes while chip select is high: the controller ignores them */
    | "not-selected"
    | "unknown-command"
    /** a command with an effect that this model lacks */
    | "not-modelled"
    | "too-few-parameters"
    | "too-many-parameters"
    /** data, and the last command takes none */
    | "data-without-command"
    /** memory write before a column and a row window were set for this orientation */
    | "no-window"
    | "window-reversed"
    | "window-outside"
    /** more pixels than the window holds: they go on at its start */
    | "window-overrun"
    /** a command after the first byte of a pixel */
    | "half-pixel"
    /** pixels in another format than 16 bits */
    | "pixel-format"
    | "spi-not-configured"
    | "spi-pins"
    | "spi-mode"
    | "spi-clock"
    /** a level driven onto a pin that only reads, or against a part that drives it */
    | "pin-conflict"
    /** on an I2C bus: a line driven high, a start or stop within a byte, a transfer that was left */
    | "i2c-driven-high"
    | "i2c-in-byte"
    | "i2c-no-stop"
    /** the power chip is told to switch off what supplies the chip itself */
    | "power-chip"
    /** a tone with a period or duty that the chip cannot make */
    | "tone"

export interface Problem {
    kind: ProblemKind
    /** with the values */
    detail: string
    atMs: number
}

/** A faulty program repeats its mistake for ever; the first ones say it all. */
const MAX_KEPT = 1000

export class ProblemLog {
    readonly #kept: Problem[] = []
    /** all, also those no longer kept */
    count = 0

    add(kind: ProblemKind, detail: string, atMs: number): void {
        this.count++
        if (this.#kept.length < MAX_KEPT) this.#kept.push({ kind, detail, atMs })
    }

    /** the first 1,000, oldest first */
    get all(): readonly Problem[] {
        return this.#kept
    }
}
