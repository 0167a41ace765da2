/** A power chip or port expander on the inner I2C bus of a board: registers, and what they switch. */
import type { ProblemLog } from "../problems.ts"

/** A part on an I2C bus, byte by byte. */
export interface I2cTarget {
    /** 7 bits */
    readonly address: number
    /** a transfer to this part begins, after a start */
    begin(): void
    write(byte: number, atMs: number): void
    read(): number
}

export abstract class PowerChip implements I2cTarget {
    readonly name: string
    readonly address: number
    protected readonly registers = new Uint8Array(256)
    readonly #problems: ProblemLog
    readonly #defaults: Readonly<Record<number, number>>
    #pointer = 0
    #bytes = 0

    constructor(name: string, address: number, defaults: Readonly<Record<number, number>>, problems: ProblemLog) {
        this.name = name
        this.address = address
        this.#defaults = defaults
        this.#problems = problems
        this.restart()
    }

    /** Registers as at power-up. */
    protected restart(): void {
        this.registers.fill(0)
        for (const [register, value] of Object.entries(this.#defaults)) this.registers[Number(register)] = value
    }

    /** Voltage of an output, mV: 0 if it is off or low. */
    abstract millivolts(output: string): number

    /** A register was written: chips with more than stored values override it. */
    protected written(_register: number, _value: number, _atMs: number): void {}

    protected problem(kind: "power-chip" | "not-modelled", detail: string, atMs: number): void {
        this.#problems.add(kind, `${this.name}: ${detail}`, atMs)
    }

    protected bit(register: number, bit: number): boolean {
        return (((this.registers[register] ?? 0) >> bit) & 1) === 1
    }

    begin(): void {
        this.#bytes = 0
    }

    /** The first byte of a transfer is the register, the next is for it and those after it. */
    write(byte: number, atMs: number): void {
        if (this.#bytes++ === 0) {
            this.#pointer = byte
            return
        }
        if (this.#bytes > 2 && !this.takesSeveralBytes)
            this.problem("not-modelled", `more than one byte for register ${hex(this.#pointer)} in a transfer`, atMs)
        this.registers[this.#pointer] = byte
        this.written(this.#pointer, byte, atMs)
        this.#pointer = (this.#pointer + 1) & 0xff
    }

    /** true if the datasheet says that the register goes up by itself while it is written */
    protected readonly takesSeveralBytes: boolean = false

    read(): number {
        const byte = this.registers[this.#pointer] ?? 0
        this.#pointer = (this.#pointer + 1) & 0xff
        return byte
    }
}

export const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, "0")}`
