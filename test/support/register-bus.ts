/** The pins of a board with chips of plain registers on its inner I2C bus, and what is written to them. */
import { I2cWires } from "../../devs/sim/panel/power/i2c-wires.ts"
import type { I2cTarget } from "../../devs/sim/panel/power/power-chip.ts"
import { ProblemLog } from "../../devs/sim/panel/problems.ts"
import type { Peripherals } from "../../devs/vm/peripherals.ts"

const lines = { PMU_SDA: "sda", PMU_SCL: "scl" } as const
type Label = keyof typeof lines
const GPIO_MODE_LOW = 0x22

/** A chip with registers of one byte. */
class Registers implements I2cTarget {
    readonly address: number
    readonly #values = new Uint8Array(256)
    readonly #writes: string[]
    #pointer: number | undefined

    constructor(address: number, values: string, writes: string[]) {
        this.address = address
        this.#writes = writes
        for (const [, register = "", value = ""] of values.matchAll(/(\w\w)=(\w\w)/g))
            this.#values[Number.parseInt(register, 16)] = Number.parseInt(value, 16)
    }

    begin(): void {}

    write(byte: number): void {
        if (this.#pointer === undefined) {
            this.#pointer = byte
            return
        }
        this.#values[this.#pointer] = byte
        this.#writes.push(`${hex(this.address)} ${hex(this.#pointer)}=${hex(byte)}`)
        this.#pointer = undefined
    }

    read(): number {
        const value = this.#values[this.#pointer ?? 0] ?? 0
        this.#pointer = undefined
        return value
    }
}

export class RegisterBus implements Peripherals {
    /** "34 12=44": address, register and value in hex */
    readonly writes: string[] = []
    readonly problems = new ProblemLog()
    /** number of changes of the two pins */
    changes = 0
    /** number of SPI transfers */
    transfers = 0
    readonly #labels: readonly string[]
    readonly #wires: I2cWires
    #held: { label: Label; pulses: number } | undefined

    /**
     * @param chips registers that are not 0: "03=4a", a register and its value in hex
     * @param labels other pins that the board has
     */
    constructor(chips: [address: number, values: string][], labels: readonly string[] = []) {
        const targets = chips.map(([address, values]) => new Registers(address, values, this.writes))
        this.#wires = new I2cWires(targets, this.problems)
        this.#labels = labels
    }

    /** Something holds a line low, until so many pulses of the clock. */
    hold(label: Label, pulses: number): void {
        this.#held = { label, pulses }
        this.#wires.setPin(lines[label], GPIO_MODE_LOW, 0)
    }

    gpioOf(label: string): number | undefined {
        if (isLine(label)) return label === "PMU_SDA" ? 21 : 22
        return this.#labels.includes(label) ? 39 : undefined
    }

    setPin(label: string, mode: number, atMs: number): void {
        if (!isLine(label)) return
        this.changes++
        const rises = label === "PMU_SCL" && mode !== GPIO_MODE_LOW
        if (this.#held && rises && --this.#held.pulses < 0) this.#held = undefined
        if (this.#held?.label !== label) this.#wires.setPin(lines[label], mode, atMs)
    }

    readPin(label: string): 0 | 1 {
        return isLine(label) ? this.#wires.level(lines[label]) : 1
    }

    configureSpi(): void {}

    transferSpi(): void {
        this.transfers++
    }
}

const isLine = (label: string): label is Label => label in lines
const hex = (byte: number): string => byte.toString(16).padStart(2, "0")
