/**
 * The simulated I2C bus: finds the device of a transfer and returns whether it
 * acknowledged. Times are milliseconds since the Unix epoch.
 */
import { AirpinError } from "../../../certs/error.ts"

/** A part on the bus. */
export interface I2cDevice {
    /** 7-bit */
    readonly address: number
    /** Receives the bytes after the address; none for an address probe. True = acknowledged. */
    write(bytes: Uint8Array, atMs: number): boolean
    /** Returns exactly `length` bytes; undefined = the address was not acknowledged. */
    read(length: number, atMs: number): Uint8Array | undefined
    /** Receives a general call, that is a write to address 0 (UM10204 3.1.13). True = acknowledged. */
    generalCall?(bytes: Uint8Array, atMs: number): boolean
}

/** Status of one transfer: 0 done, 1 write failed, 2 read failed. */
export interface I2cResult {
    status: 0 | 1 | 2
    /** the bytes read, if any were requested and `status` is 0 */
    read?: Uint8Array
    /** it failed because a part holds SCL or SDA low, not because the address was not acknowledged */
    held?: true
}

const GENERAL_CALL = 0

/** A bus with at most one device per address. */
export class I2cBus {
    readonly #devices = new Map<number, I2cDevice>()

    /** @throws AirpinError I2C_ADDRESS_TAKEN if another device has the address */
    attach(device: I2cDevice): void {
        if (this.#devices.has(device.address)) {
            throw new AirpinError("I2C_ADDRESS_TAKEN", `two devices at I2C address 0x${device.address.toString(16)}`)
        }
        this.#devices.set(device.address, device)
    }

    /** Takes the device off the bus; does nothing if it is not on it. */
    detach(device: I2cDevice): void {
        if (this.#devices.get(device.address) === device) this.#devices.delete(device.address)
    }

    /**
     * One transfer: the write, then the read after a repeated start, at the
     * same moment. With nothing to write and nothing to read it is an address probe.
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
        const acknowledged = [...this.#devices.values()].map(device => device.generalCall?.(bytes, atMs) ?? false)
        return acknowledged.includes(true)
    }
}
