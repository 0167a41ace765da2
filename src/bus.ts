/**
 * The I2C bus. On the chip the runtime drives it; in the simulator each transfer is a frame to the host. The
 * package `@devicescript/i2c` would take 800 bytes of bytecode.
 *
 * Frame: start, "I", status (0 success, 1 NACK on write, 2 NACK on read), 7-bit
 * address, write length, read length, bytes to write, space for the bytes read.
 */
import * as ds from "@devicescript/core"
import { connectHost, newFrame, sendToHost } from "./host"

const FRAME_KIND = 0x49
const HEADER_BYTES = 6
const STATUS_AT = 2

type Runtime = typeof ds & {
    _i2cTransaction(address: number, write: Buffer, read?: Buffer): Promise<number>
}

/** Opens the way to the bus in the simulator; does nothing on the chip. */
export function connectBus() {
    if (ds.isSimulator()) connectHost()
}

/**
 * Writes, and then reads after a repeated start if there is something to read.
 *
 * @param write empty: only reads
 * @param read is filled with what the part sends; undefined: only writes
 * @returns 0 on success, -1 for a NACK on write, -2 for a NACK on read
 */
export async function transferI2c(address: number, write: Buffer, read?: Buffer): Promise<number> {
    if (!ds.isSimulator()) return await (ds as Runtime)._i2cTransaction(address, write, read)
    const readLength = read ? read.length : 0
    const frame = newFrame(FRAME_KIND, HEADER_BYTES + write.length + readLength)
    frame[3] = address
    frame[4] = write.length
    frame[5] = readLength
    frame.blitAt(HEADER_BYTES, write, 0, write.length)
    sendToHost(frame)
    if (readLength > 0) read.blitAt(0, frame, HEADER_BYTES + write.length, readLength)
    return -frame[STATUS_AT]
}
