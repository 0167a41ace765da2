/**
 * The two wires of an I2C bus with the parts on it, for a master that drives them pin by pin (NXP UM10204 3.1).
 * Both lines have pull-ups; whoever pulls one down wins.
 */
import { drivenLevel, type Level } from "../pin-levels.ts"
import type { ProblemLog } from "../problems.ts"
import type { I2cTarget } from "./power-chip.ts"

export type I2cLine = "sda" | "scl"

const BITS = 8
const READ_BIT = 1
/** A master that does nothing for so long within a transfer has forgotten the stop. */
const MAX_PAUSE_MS = 100

/** Where a transfer is: who sends the next bit. */
type Phase = "idle" | "address" | "write" | "acknowledge" | "read" | "read-acknowledge" | "ignored"

export class I2cWires {
    readonly #targets: readonly I2cTarget[]
    readonly #problems: ProblemLog
    readonly #master: Record<I2cLine, Level> = { sda: 1, scl: 1 }
    /** of the part that sends */
    #targetSda: Level = 1
    #sda: Level = 1
    #scl: Level = 1
    #phase: Phase = "idle"
    #afterAcknowledge: Phase = "ignored"
    #target: I2cTarget | undefined
    #byte = 0
    #bits = 0
    #acknowledged = false
    #changedAtMs = 0
    #leftOff = false

    constructor(targets: readonly I2cTarget[], problems: ProblemLog) {
        this.#targets = targets
        this.#problems = problems
    }

    /** The master sets the mode of its pin. */
    setPin(line: I2cLine, mode: number, atMs: number): void {
        const driven = drivenLevel(mode)
        if (driven === 1) this.#problems.add("i2c-driven-high", `${line} is driven high instead of let go`, atMs)
        this.#master[line] = driven === 0 ? 0 : 1
        this.#settle(atMs)
    }

    /** The master has stopped without ending its transfer: freeing the lines is then allowed. */
    interrupt(): void {
        this.#leftOff = !this.idle
    }

    level(line: I2cLine): Level {
        return line === "sda" ? this.#sda : this.#scl
    }

    /** false in a transfer that no stop has ended yet */
    get idle(): boolean {
        return this.#phase === "idle"
    }

    #settle(atMs: number): void {
        if (!this.idle && atMs - this.#changedAtMs > MAX_PAUSE_MS) this.#leftOff = true
        this.#changedAtMs = atMs
        const scl = this.#master.scl
        const rises = scl === 1 && this.#scl === 0
        const falls = scl === 0 && this.#scl === 1
        this.#scl = scl
        if (falls) this.#clockFalls(atMs)
        const sda = this.#master.sda === 0 || this.#targetSda === 0 ? 0 : 1
        const sdaChanges = sda !== this.#sda
        this.#sda = sda
        if (rises) this.#clockRises()
        else if (sdaChanges && scl === 1 && !falls) this.#condition(sda === 0, atMs)
    }

    /** SDA changes while SCL is high: a start, a stop, or a mistake within a byte. */
    #condition(isStart: boolean, atMs: number): void {
        // The clock of a stop or of a repeated start counts as the first bit of a byte.
        if (
            !this.#leftOff &&
            this.#bits > 1 &&
            (this.#phase === "address" || this.#phase === "write" || this.#phase === "read")
        )
            this.#problems.add("i2c-in-byte", `a ${isStart ? "start" : "stop"} after ${this.#bits} bits`, atMs)
        if (isStart && this.#leftOff)
            this.#problems.add("i2c-no-stop", "a start, and the transfer before was not ended", atMs)
        this.#leftOff = false
        this.#targetSda = 1
        this.#target = undefined
        this.#phase = isStart ? "address" : "idle"
        this.#byte = this.#bits = 0
    }

    #clockRises(): void {
        if (this.#phase === "address" || this.#phase === "write") this.#byte = (this.#byte << 1) | this.#sda
        if (this.#phase === "address" || this.#phase === "write" || this.#phase === "read") this.#bits++
        else if (this.#phase === "read-acknowledge") this.#acknowledged = this.#sda === 0
    }

    #clockFalls(atMs: number): void {
        switch (this.#phase) {
            case "address":
                if (this.#bits === BITS) this.#takeAddress()
                break
            case "write":
                if (this.#bits === BITS) this.#takeByte(atMs)
                break
            case "acknowledge":
                this.#targetSda = 1
                this.#go(this.#afterAcknowledge)
                break
            case "read":
                if (this.#bits < BITS) return void this.#putBit()
                this.#targetSda = 1
                this.#phase = "read-acknowledge"
                break
            case "read-acknowledge":
                this.#go(this.#acknowledged ? "read" : "ignored")
                break
        }
    }

    #takeAddress(): void {
        this.#target = this.#targets.find(({ address }) => address === this.#byte >> 1)
        this.#target?.begin()
        const direction = this.#byte & READ_BIT ? "read" : "write"
        this.#acknowledge(this.#target ? direction : "ignored")
    }

    #takeByte(atMs: number): void {
        this.#target?.write(this.#byte, atMs)
        this.#acknowledge("write")
    }

    /** The part that was addressed holds SDA low for one clock. */
    #acknowledge(next: Phase): void {
        if (this.#target) this.#targetSda = 0
        this.#phase = "acknowledge"
        this.#afterAcknowledge = next
    }

    #go(phase: Phase): void {
        this.#phase = phase
        this.#bits = 0
        this.#byte = phase === "read" ? (this.#target?.read() ?? 0xff) : 0
        if (phase === "read") this.#putBit()
    }

    #putBit(): void {
        this.#targetSda = (this.#byte >> (BITS - 1 - this.#bits)) & 1 ? 1 : 0
    }
}
