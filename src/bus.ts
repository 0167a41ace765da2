/**
 * I2C adapter. On the chip, `@devicescript/i2c` drives the bus directly. The
 * simulator's runtime has no I2C, so each transfer is passed to the host as one
 * frame through the runtime's socket call; the host edits the frame in place.
 *
 * Frame: 0xFF, "I", status (0 success, 1 NACK on write, 2 NACK on read), 7-bit
 * address, write length, read length, bytes to write, space for the bytes read.
 */
import * as ds from "@devicescript/core"

const FRAME_START = 0xff
const FRAME_KIND = 0x49
const HEADER_BYTES = 6
const STATUS_AT = 2
/** Return value of the runtime's socket call while no socket is open. */
const NO_SOCKET = -100
const HOST_NAME = "@i2c"
const HOST_PORT = 1

type Runtime = typeof ds & {
    _i2cTransaction: (address: number, write: Buffer, read?: Buffer) => number
    _socketOpen(host: string, port: number): number
    _socketWrite(bytes: Buffer): number
}

/** Redirects `@devicescript/i2c` to the host in the simulator; does nothing on the chip. */
export function connectBus() {
    if (!ds.isSimulator()) return
    const runtime = ds as Runtime
    runtime._i2cTransaction = transferByHost
    runtime._socketOpen(HOST_NAME, HOST_PORT)
}

/** @returns like the runtime's own function: 0 on success, -1 for a NACK on write, -2 for a NACK on read */
function transferByHost(address: number, write: Buffer, read?: Buffer): number {
    const readLength = read ? read.length : 0
    const frame = Buffer.alloc(HEADER_BYTES + write.length + readLength)
    frame[0] = FRAME_START
    frame[1] = FRAME_KIND
    frame[3] = address
    frame[4] = write.length
    frame[5] = readLength
    frame.blitAt(HEADER_BYTES, write, 0, write.length)
    sendToHost(frame)
    if (readLength > 0) read.blitAt(0, frame, HEADER_BYTES + write.length, readLength)
    return -frame[STATUS_AT]
}

/** Reopens the socket if needed: the runtime has only one, and closing the server connection closes it. */
function sendToHost(frame: Buffer) {
    const runtime = ds as Runtime
    if (runtime._socketWrite(frame) !== NO_SOCKET) return
    runtime._socketOpen(HOST_NAME, HOST_PORT)
    runtime._socketWrite(frame)
}
