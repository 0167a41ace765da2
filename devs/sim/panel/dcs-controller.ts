/**
 * The commands that the ILI9342C and the ST7789V share: the MIPI Display Command Set over a 4-wire serial
 * interface. Sections of the datasheets: ILI9341 V1.11 (the ILI9342C has the same text) 7.1, 8.2; ST7789V V1.3 9.1.
 */
import {
    CASET,
    COLMOD,
    DISPOFF,
    DISPON,
    FIRST_VENDOR_COMMAND,
    INVOFF,
    INVON,
    isMemoryWrite,
    MADCTL_COMMAND,
    notModelled,
    PASET,
    parameterCounts,
    RAMWR,
    RAMWRC,
    SLPIN,
    SLPOUT,
    SWRESET,
} from "./dcs-commands.ts"
import { FrameMemory, MADCTL, viewedSize } from "./frame-memory.ts"
import type { ControllerModel, Glass, LcdController, SpiBytes } from "./lcd.ts"
import { type Problem, type ProblemKind, ProblemLog } from "./problems.ts"

/** "It will be necessary to wait 5 msec before sending new command": SWRESET, SLPIN, SLPOUT, release of RESX. */
const SETTLING_MS = 5
/** Before SLPOUT after SLPIN, or after a reset while awake; before SLPIN after SLPOUT. */
const SLEEP_CHANGE_MS = 120

/** COLMOD, low bits: format of the pixels over the serial interface. */
const FORMAT_16_BITS = 5
const FORMAT_AT_RESET = 6

interface Range {
    from: number
    to: number
}

/** What a reset sets back. */
interface Registers {
    asleep: boolean
    on: boolean
    inverted: boolean
    madctl: number
    columns: Range | undefined
    rows: Range | undefined
}

const registersAtReset = (): Registers => ({
    asleep: true,
    on: false,
    inverted: false,
    madctl: 0,
    columns: undefined,
    rows: undefined,
})

export class DcsController implements LcdController {
    readonly #model: ControllerModel
    readonly #glass: Glass
    readonly #problems: ProblemLog
    readonly #memory: FrameMemory
    readonly width: number
    readonly height: number
    readonly received: SpiBytes = { commands: 0, parameters: 0, pixels: 0 }
    revision = 0
    #powered = true
    #selected = false
    #dataMode = false
    #resetLow = false
    #resetWaitMs = SETTLING_MS
    #wasReset = false
    #registers = registersAtReset()
    #format = FORMAT_AT_RESET
    /** when any command, SLPOUT, SLPIN may come */
    #readyAtMs = -Infinity
    #sleepOutAtMs = -Infinity
    #sleepInAtMs = -Infinity
    /** the last command, undefined if it was lost or none came */
    #command: number | undefined
    #parameters: number[] = []
    /** of a memory write: the next pixel, and the first byte of it */
    #x = 0
    #y = 0
    #halfPixel: number | undefined
    #overrun = false

    /** @param problems a log to share; an own one if absent */
    constructor(model: ControllerModel, glass: Glass, problems = new ProblemLog()) {
        this.#model = model
        this.#glass = glass
        this.#problems = problems
        this.#memory = new FrameMemory(model.columns, model.rows)
        const { width, height } = viewedSize(glass)
        this.width = width
        this.height = height
    }

    get problems(): readonly Problem[] {
        return this.#problems.all
    }

    select(low: boolean): void {
        this.#selected = low
    }

    dataMode(high: boolean): void {
        this.#dataMode = high
    }

    power(on: boolean, atMs: number): void {
        if (on === this.#powered) return
        this.#powered = on
        this.#wasReset = false
        this.#memory.scramble()
        this.#sleepOutAtMs = -Infinity
        this.#reset(atMs, SETTLING_MS)
        this.#format = FORMAT_AT_RESET
    }

    reset(low: boolean, atMs: number): void {
        if (low === this.#resetLow) return
        this.#resetLow = low
        if (low) this.#resetWaitMs = this.#sleepOutWaitMs()
        this.#reset(atMs, this.#resetWaitMs)
        this.#format = FORMAT_AT_RESET
        this.#wasReset = true
    }

    /** How long after a reset SLPOUT must wait. */
    #sleepOutWaitMs(): number {
        return this.#registers.asleep ? SETTLING_MS : SLEEP_CHANGE_MS
    }

    /** By RESX, SWRESET or power; the memory keeps its contents, and a software reset the pixel format. */
    #reset(atMs: number, waitMs: number): void {
        this.#readyAtMs = atMs + SETTLING_MS
        this.#sleepOutAtMs = Math.max(this.#sleepOutAtMs, atMs + waitMs)
        this.#sleepInAtMs = -Infinity
        this.#registers = registersAtReset()
        this.#memory.orient(0)
        this.#command = undefined
        this.#halfPixel = undefined
        this.revision++
    }

    transfer(bytes: Uint8Array, atMs: number): void {
        const unheard = this.#unheard()
        if (unheard) return void this.#problems.add(unheard, `${this.#model.name}: ${bytes.length} bytes`, atMs)
        if (this.#dataMode) return void this.#data(bytes, atMs)
        for (const code of bytes) this.#beginCommand(code, atMs)
    }

    /** Why nobody listens to a transfer. */
    #unheard(): ProblemKind | undefined {
        if (!this.#powered) return "no-power"
        if (this.#resetLow) return "in-reset"
        if (!this.#selected) return "not-selected"
        return undefined
    }

    #beginCommand(code: number, atMs: number): void {
        this.received.commands++
        this.#endCommand(atMs)
        if (!this.#wasReset) this.#problem("no-reset", `${hex(code)} before the first reset since power-up`, atMs)
        this.#wasReset = true
        const allowedAtMs = this.#allowedAtMs(code)
        if (atMs < allowedAtMs)
            return void this.#problem("too-early", `${hex(code)} ${allowedAtMs - atMs} ms too early: it is lost`, atMs)
        if (code in notModelled) this.#problem("not-modelled", `${notModelled[code]} (${hex(code)})`, atMs)
        else if (code < FIRST_VENDOR_COMMAND && parameterCounts[code] === undefined && !isMemoryWrite(code))
            this.#problem("unknown-command", hex(code), atMs)
        this.#command = code
        this.#parameters = []
        this.#withoutParameters(code, atMs)
    }

    #allowedAtMs(code: number): number {
        if (code === SLPOUT) return Math.max(this.#readyAtMs, this.#sleepOutAtMs)
        if (code === SLPIN) return Math.max(this.#readyAtMs, this.#sleepInAtMs)
        return this.#readyAtMs
    }

    /** A new command ends the one before it: what that one lacked is known now. */
    #endCommand(atMs: number): void {
        const code = this.#command
        this.#command = undefined
        if (this.#halfPixel !== undefined) this.#problem("half-pixel", "a command after the first byte", atMs)
        this.#halfPixel = undefined
        if (code === undefined) return
        const expected = parameterCounts[code] ?? 0
        if (this.#parameters.length < expected)
            this.#problem("too-few-parameters", `${hex(code)} ${this.#parameters.length} of ${expected}`, atMs)
    }

    #withoutParameters(code: number, atMs: number): void {
        const registers = this.#registers
        switch (code) {
            case SWRESET:
                return void this.#reset(atMs, this.#sleepOutWaitMs())
            case SLPIN:
            case SLPOUT:
                return void this.#sleep(code === SLPIN, atMs)
            case INVOFF:
            case INVON:
                registers.inverted = code === INVON
                break
            case DISPOFF:
            case DISPON:
                registers.on = code === DISPON
                break
            case RAMWR:
                return void this.#beginWrite(atMs)
            case RAMWRC:
                return void this.#checkFormat(atMs)
        }
        this.revision++
    }

    #sleep(asleep: boolean, atMs: number): void {
        this.#readyAtMs = atMs + SETTLING_MS
        if (asleep !== this.#registers.asleep) {
            if (asleep) this.#sleepOutAtMs = atMs + SLEEP_CHANGE_MS
            else this.#sleepInAtMs = atMs + SLEEP_CHANGE_MS
        }
        this.#registers.asleep = asleep
        this.revision++
    }

    #beginWrite(atMs: number): void {
        const { columns, rows } = this.#registers
        if (!columns || !rows) this.#problem("no-window", "memory write to the whole memory", atMs)
        this.#x = columns?.from ?? 0
        this.#y = rows?.from ?? 0
        this.#overrun = false
        this.#checkFormat(atMs)
    }

    #checkFormat(atMs: number): void {
        if (this.#format !== FORMAT_16_BITS)
            this.#problem("pixel-format", `COLMOD is ${hex(this.#format)}, 16 bits are ${hex(FORMAT_16_BITS)}`, atMs)
    }

    #data(bytes: Uint8Array, atMs: number): void {
        const code = this.#command
        if (isMemoryWrite(code)) return void this.#pixels(bytes, atMs)
        this.received.parameters += bytes.length
        for (const byte of bytes) this.#parameter(byte, atMs)
    }

    #parameter(byte: number, atMs: number): void {
        const code = this.#command
        if (code === undefined) return void this.#problem("data-without-command", hex(byte), atMs)
        const expected = parameterCounts[code] ?? Infinity
        this.#parameters.push(byte)
        const { length } = this.#parameters
        if (length === expected) this.#withParameters(code, this.#parameters, atMs)
        if (length !== expected + 1) return
        const kind = expected === 0 ? "data-without-command" : "too-many-parameters"
        this.#problem(kind, `after ${hex(code)}, which takes ${expected}`, atMs)
    }

    #withParameters(code: number, parameters: readonly number[], atMs: number): void {
        const [first = 0] = parameters
        this.revision++
        if (code === CASET) this.#registers.columns = this.#window(code, parameters, this.#memory.width, atMs)
        else if (code === PASET) this.#registers.rows = this.#window(code, parameters, this.#memory.height, atMs)
        else if (code === COLMOD) this.#format = first & 7
        else if (code === MADCTL_COMMAND) this.#orient(first)
    }

    /** A window set for the other orientation means something else now, so it must be set again. */
    #orient(madctl: number): void {
        const registers = this.#registers
        if ((registers.madctl ^ madctl) & MADCTL.MV) registers.columns = registers.rows = undefined
        registers.madctl = madctl
        this.#memory.orient(madctl)
    }

    /** @returns the window before if this one is reversed */
    #window(code: number, parameters: readonly number[], size: number, atMs: number): Range | undefined {
        const [fromHigh = 0, fromLow = 0, toHigh = 0, toLow = 0] = parameters
        const range = { from: (fromHigh << 8) | fromLow, to: (toHigh << 8) | toLow }
        const text = `${code === CASET ? "columns" : "rows"} ${range.from} to ${range.to}`
        if (range.to < range.from) {
            this.#problem("window-reversed", text, atMs)
            return code === CASET ? this.#registers.columns : this.#registers.rows
        }
        if (range.to >= size) this.#problem("window-outside", `${text} of ${size}`, atMs)
        return range
    }

    #pixels(bytes: Uint8Array, atMs: number): void {
        this.received.pixels += bytes.length
        if (this.#format !== FORMAT_16_BITS) return
        this.revision++
        const { columns = { from: 0, to: this.#memory.width - 1 }, rows = { from: 0, to: this.#memory.height - 1 } } =
            this.#registers
        for (const byte of bytes) {
            if (this.#halfPixel === undefined) {
                this.#halfPixel = byte
                continue
            }
            if (this.#y > rows.to) this.#wrap(rows, atMs)
            this.#memory.write(this.#x, this.#y, (this.#halfPixel << 8) | byte)
            this.#halfPixel = undefined
            if (++this.#x <= columns.to) continue
            this.#x = columns.from
            this.#y++
        }
    }

    #wrap(rows: Range, atMs: number): void {
        this.#y = rows.from
        if (!this.#overrun) this.#problem("window-overrun", "more pixels than the window holds", atMs)
        this.#overrun = true
    }

    pixels(): Uint8Array {
        const { asleep, on, inverted, madctl } = this.#registers
        if (!this.#powered || this.#resetLow || asleep || !on) return blackPixels(this.width, this.height)
        const isBgr = (madctl & MADCTL.BGR) !== 0
        const { subpixels, inverts } = this.#glass
        return this.#memory.picture(this.#glass, isBgr !== (subpixels === "BGR"), inverted !== inverts)
    }

    #problem(kind: ProblemKind, detail: string, atMs: number): void {
        this.#problems.add(kind, `${this.#model.name}: ${detail}`, atMs)
    }
}

/** Opaque black, RGBA. */
export function blackPixels(width: number, height: number): Uint8Array {
    const pixels = new Uint8Array(4 * width * height)
    for (let at = 3; at < pixels.length; at += 4) pixels[at] = 0xff
    return pixels
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, "0")}`
