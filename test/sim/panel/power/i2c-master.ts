/** A master that drives the two wires of an I2C bus pin by pin, with open-drain outputs. */

const LOW = 0x22
const RELEASED = 0x11

/** Two pins, SDA and SCL. */
export interface Wires {
    set(line: "sda" | "scl", mode: number): void
    read(line: "sda" | "scl"): 0 | 1
}

export class I2cMaster {
    readonly #wires: Wires

    constructor(wires: Wires) {
        this.#wires = wires
    }

    sda(level: 0 | 1): void {
        this.#wires.set("sda", level ? RELEASED : LOW)
    }

    scl(level: 0 | 1): void {
        this.#wires.set("scl", level ? RELEASED : LOW)
    }

    start(): void {
        this.sda(1)
        this.scl(1)
        this.sda(0)
        this.scl(0)
    }

    stop(): void {
        this.sda(0)
        this.scl(1)
        this.sda(1)
    }

    bit(level: 0 | 1): 0 | 1 {
        this.sda(level)
        this.scl(1)
        const read = this.#wires.read("sda")
        this.scl(0)
        return read
    }

    /** @returns true if it was acknowledged */
    byte(value: number): boolean {
        for (let at = 7; at >= 0; at--) this.bit((value >> at) & 1 ? 1 : 0)
        return this.bit(1) === 0
    }

    /** One byte from the part; `last`: it is not acknowledged */
    readByte(last: boolean): number {
        let value = 0
        for (let at = 0; at < 8; at++) value = (value << 1) | this.bit(1)
        this.bit(last ? 1 : 0)
        return value
    }

    /** @returns the acknowledgements of address and bytes */
    write(address: number, ...bytes: number[]): boolean[] {
        this.start()
        const acknowledgements = [address << 1, ...bytes].map(byte => this.byte(byte))
        this.stop()
        return acknowledgements
    }

    /** Reads registers with a repeated start. */
    read(address: number, register: number, count: number): number[] {
        this.start()
        this.byte(address << 1)
        this.byte(register)
        this.start()
        this.byte((address << 1) | 1)
        const values = Array.from({ length: count }, (_, at) => this.readByte(at === count - 1))
        this.stop()
        return values
    }
}
