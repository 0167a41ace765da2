/** Talks to a simulated I2C device in hex, as a logic analyser would show it. */
import { I2cBus, type I2cDevice } from "../../../../devs/sim/sensors/i2c.ts"

/** A bus with one device on it. Times are ms since the epoch. */
export class I2cController {
    readonly bus = new I2cBus()
    readonly #address: number

    constructor(device: I2cDevice) {
        this.bus.attach(device)
        this.#address = device.address
    }

    /** "ACK" or "NACK" */
    send(hex: string, atMs: number): string {
        return this.bus.transfer(this.#address, Buffer.from(hex, "hex"), 0, atMs).status === 0 ? "ACK" : "NACK"
    }

    /** The bytes in hex, or "NACK" */
    receive(length: number, atMs: number): string {
        const { read } = this.bus.transfer(this.#address, new Uint8Array(), length, atMs)
        return read === undefined ? "NACK" : Buffer.from(read).toString("hex")
    }

    /** Sends a command, waits, receives; "NACK" if either was not acknowledged. */
    query(hex: string, length: number, atMs: number, waitMs = 1): string {
        return this.send(hex, atMs) === "ACK" ? this.receive(length, atMs + waitMs) : "NACK"
    }
}
