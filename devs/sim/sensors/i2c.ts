/**
 * The simulated I2C bus: which device a transfer reaches, and whether it is
 * acknowledged. Time is a parameter everywhere, milliseconds since the Unix
 * epoch on the virtual clock.
 */
import { AirpinError } from "../../../certs/error.ts"

/** A part on the bus, seen through its pins. */
export interface I2cDevice {
    /** 7-bit */
    readonly address: number
    /** Takes the bytes behind the address; none = only the address (a probe). True = acknowledged. */
    write(bytes: Uint8Array, atMs: number): boolean
    /** Exactly `length` bytes; undefined = the address was not acknowledged. */
    read(length: number, atMs: number): Uint8Array | undefined
    /** Hears what is written to address 0 (UM10204 3.1.13). True = acknowledged. */
    generalCall?(bytes: Uint8Array, atMs: number): boolean
}

/** What came of one transfer: 0 fine, 1 write not acknowledged, 2 read not acknowledged. */
export interface I2cResult {
    status: 0 | 1 | 2
    /** the bytes read, when some were wanted and `status` is 0 */
    read?: Uint8Array
}

const GENERAL_CALL = 0

/** Devices that share two wires, at most one per address. */
export class I2cBus {
    readonly #devices = new Map<number, I2cDevice>()

    /** @throws AirpinError I2C_ADDRESS_TAKEN when another device answers there */
    attach(device: I2cDevice): void {
        if (this.#devices.has(device.address)) {
            throw new AirpinError(
                "I2C_ADDRESS_TAKEN",
                `two devices at I2C address 0x${device.address.toString(16)}`,
                "detach the first one",
            )
        }
        this.#devices.set(device.address, device)
    }

    /** Takes the device off the bus; nothing happens when it is not on it. */
    detach(device: I2cDevice): void {
        if (this.#devices.get(device.address) === device) this.#devices.delete(device.address)
    }

    /**
     * One transfer: the write, then the read behind a repeated start at the
     * same moment. Nothing to write and nothing to read is an address probe.
     */
    transfer(address: number, write: Uint8Array, readLength: number, atMs: number): I2cResult {
        const writes = write.length > 0 || readLength === 0
        if (writes && !this.#write(address, write, atMs)) return { status: 1 }
        if (readLength === 0) return { status: 0 }
        const read = this.#devices.get(address)?.read(readLength, atMs)
        return read === undefined ? { status: 2 } : { status: 0, read }
    }

    #write(address: number, bytes: Uint8Array, atMs: number): boolean {
        if (address === GENERAL_CALL) return this.#callAll(bytes, atMs)
        return this.#devices.get(address)?.write(bytes, atMs) ?? false
    }

    #callAll(bytes: Uint8Array, atMs: number): boolean {
        const answers = [...this.#devices.values()].map(device => device.generalCall?.(bytes, atMs) ?? false)
        return answers.includes(true)
    }
}
