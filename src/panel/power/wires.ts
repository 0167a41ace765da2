/**
 * A second I2C bus, driven pin by pin: the runtime has one, and that is the sensors'. It reads and writes single
 * registers of the power chip. About 20 pin changes a bit, so far below 100 kHz. Both lines are driven low or
 * pulled up (open drain). Nothing waits: no clock stretching (the power chips use none), and a chip that does not
 * answer ends the transfer (I2C-bus specification UM10204 rev. 7, 3.1).
 */
import * as ds from "@devicescript/core"
import { boardPin, Pin, pinLevel, setPinMode } from "../../pins"

let sda: Pin
let scl: Pin
/** by the last byte's receiver */
let acknowledged = false
/** Clock pulses after which a chip that was interrupted has let go of the data line (UM10204 3.1.16). */
const CLEARING_PULSES = 9

/** True if the board has such a bus. */
export function hasWires(): boolean {
    sda = boardPin("PMU_SDA")
    scl = boardPin("PMU_SCL")
    return sda !== undefined && scl !== undefined
}

/** Ends what a restart of the chip has interrupted. @returns false if a line stays low */
export function clearWires(): boolean {
    high(sda)
    for (let i = 0; i < CLEARING_PULSES && pinLevel(sda) === 0; i++) {
        low(scl)
        high(scl)
    }
    stop()
    return pinLevel(sda) === 1 && pinLevel(scl) === 1
}

/** Undefined if no chip acknowledges. @param address 7 bits */
export function readRegister(address: number, register: number): number {
    const found = start(2 * address) && send(register) && start(2 * address + 1)
    // All ones: the chip's bits are what is on the line, and the last is not acknowledged.
    const value = found ? exchange(0xff) : undefined
    stop()
    return value
}

/** False if no chip acknowledges. @param address 7 bits */
export function writeRegister(address: number, register: number, value: number): boolean {
    const taken = start(2 * address) && send(register) && send(value)
    stop()
    return taken
}

function low(line: Pin) {
    setPinMode(line, ds.GPIOMode.OutputLow)
}

function high(line: Pin) {
    setPinMode(line, ds.GPIOMode.InputPullUp)
}

/** @returns false if no chip acknowledges @param byte address and direction */
function start(byte: number): boolean {
    low(scl)
    high(sda)
    high(scl)
    low(sda)
    return send(byte)
}

function stop() {
    low(scl)
    low(sda)
    high(scl)
    high(sda)
}

/** True if the byte is acknowledged. */
function send(byte: number): boolean {
    exchange(byte)
    return acknowledged
}

/** Sends eight bits and reads a ninth. @returns the levels of the data line during the eight */
function exchange(byte: number): number {
    let seen = 0
    for (let i = 0; i < 9; i++) {
        low(scl)
        if ((byte * 2 + 1) & (0x100 >> i)) high(sda)
        else low(sda)
        high(scl)
        seen = seen * 2 + pinLevel(sda)
    }
    acknowledged = (seen & 1) === 0
    return seen >> 1
}
