/** An I2C bus of two pins with chips that have registers of one byte: what a master does pin by pin, decoded. */
import type { Peripherals } from "../../devs/vm/peripherals.ts"

const OUTPUT_LOW = 0x22
const PULL_UP = 0x11

export class RegisterBus implements Peripherals {
    /** registers by chip address; an absent register is 0 */
    readonly chips = new Map<number, Map<number, number>>()
    /** "34 12=44": address, register, value, in hex; an address that was not acknowledged: "34 nack" */
    readonly writes: string[] = []
    /** number of pin changes */
    changes = 0
    readonly #labels: readonly string[]
    #held: { line: string; pulses: number } | undefined
    readonly #low = { PMU_SDA: false, PMU_SCL: false }
    #chipPullsLow = false
    #before = { sda: 1, scl: 1 }
    #bits: number[] | undefined
    #bytes: number[] = []
    #address: number | undefined
    #register = 0
    #reading = false

    /** @param labels other pins that the board has */
    constructor(...labels: string[]) {
        this.#labels = labels
    }

    gpioOf(label: string): number | undefined {
        if (label === "PMU_SDA") return 21
        if (label === "PMU_SCL") return 22
        return this.#labels.includes(label) ? 39 : undefined
    }

    /** Something holds a line low, until so many pulses of the clock. */
    hold(line: "PMU_SDA" | "PMU_SCL", pulses: number): void {
        this.#held = { line, pulses }
        this.#before = this.#levels()
    }

    setPin(label: string, mode: number): void {
        if (label !== "PMU_SDA" && label !== "PMU_SCL") return
        if (mode !== OUTPUT_LOW && mode !== PULL_UP) throw new RangeError(`${label} is not open drain in mode ${mode}`)
        this.changes++
        this.#low[label] = mode === OUTPUT_LOW
        this.#settle()
    }

    readPin(label: string): 0 | 1 {
        const { sda, scl } = this.#levels()
        return (label === "PMU_SDA" ? sda : scl) as 0 | 1
    }

    configureSpi(): void {}

    transferSpi(): void {}

    #levels(): { sda: number; scl: number } {
        const held = (line: string) => this.#held !== undefined && this.#held.line === line && this.#held.pulses > 0
        return {
            sda: this.#low.PMU_SDA || this.#chipPullsLow || held("PMU_SDA") ? 0 : 1,
            scl: this.#low.PMU_SCL || held("PMU_SCL") ? 0 : 1,
        }
    }

    #settle(): void {
        const { sda, scl } = this.#levels()
        const before = this.#before
        this.#before = { sda, scl }
        if (before.scl === 1 && scl === 1 && before.sda !== sda) this.#condition(sda === 0)
        else if (before.scl === 0 && scl === 1) this.#rise(sda)
        else if (before.scl === 1 && scl === 0) this.#fall()
    }

    #condition(isStart: boolean): void {
        this.#bits = isStart ? [] : undefined
        this.#bytes = []
        this.#chipPullsLow = this.#reading = false
        if (isStart) this.#address = undefined
    }

    #rise(sda: number): void {
        if (this.#held) this.#held.pulses--
        this.#bits?.push(sda)
    }

    #fall(): void {
        const bits = this.#bits
        if (!bits) return
        if (this.#reading) this.#chipPullsLow = bits.length < 8 && !(this.#value() & (0x80 >> bits.length))
        else if (bits.length === 8) this.#chipPullsLow = this.#take(Number.parseInt(bits.join(""), 2))
        if (bits.length !== 9) return
        this.#bits = []
        this.#chipPullsLow = false
        this.#reading = bits[8] === 0 && (this.#reading || (this.#bytes.length === 1 && this.#isRead()))
        if (this.#reading) this.#chipPullsLow = !(this.#value() & 0x80)
    }

    /** @returns true if a chip acknowledges the byte */
    #take(byte: number): boolean {
        this.#bytes.push(byte)
        if (this.#bytes.length === 1) {
            this.#address = byte >> 1
            if (this.chips.has(this.#address)) return true
            this.writes.push(`${hex(this.#address)} nack`)
            return false
        }
        const registers = this.chips.get(this.#address ?? -1)
        if (!registers) return false
        if (this.#bytes.length === 2) this.#register = byte
        else {
            registers.set(this.#register, byte)
            this.writes.push(`${hex(this.#address ?? 0)} ${hex(this.#register)}=${hex(byte)}`)
        }
        return true
    }

    #isRead(): boolean {
        return ((this.#bytes[0] ?? 0) & 1) === 1 && this.chips.has(this.#address ?? -1)
    }

    #value(): number {
        return this.chips.get(this.#address ?? -1)?.get(this.#register) ?? 0
    }
}

const hex = (byte: number) => byte.toString(16).padStart(2, "0")
