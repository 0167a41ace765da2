/**
 * The I2C seam. On the chip `@devicescript/i2c` reaches the bus by itself; the
 * simulator's runtime has no I2C, so there each transfer goes to the host as
 * one frame through the runtime's socket call, which the host answers in place.
 *
 * Frame: 0xFF, "I", status (0 done, 1 no acknowledge on write, 2 on read),
 * 7-bit address, length to write, length to read, the bytes to write, room for
 * the bytes read.
 */
import * as ds from "@devicescript/core"

const FRAME_MARK = 0xff
const FRAME_KIND = 0x49
const HEADER_BYTES = 6
const STATUS_AT = 2
/** What the runtime's socket call returns while no socket is open. */
const NO_SOCKET = -100
const HOST_NAME = "@i2c"
const HOST_PORT = 1

type Runtime = typeof ds & {
    _i2cTransaction: (address: number, write: Buffer, read?: Buffer) => number
    _socketOpen(host: string, port: number): number
    _socketWrite(bytes: Buffer): number
}

/** Makes `@devicescript/i2c` work in the simulator too; on the chip it changes nothing. */
export function connectBus() {
    if (!ds.isSimulator()) return
    const runtime = ds as Runtime
    runtime._i2cTransaction = transferByHost
    runtime._socketOpen(HOST_NAME, HOST_PORT)
}

/** As the runtime's own: 0, -1 no acknowledge on write, -2 on read. */
function transferByHost(address: number, write: Buffer, read?: Buffer): number {
    const readLength = read ? read.length : 0
    const frame = Buffer.alloc(HEADER_BYTES + write.length + readLength)
    frame[0] = FRAME_MARK
    frame[1] = FRAME_KIND
    frame[3] = address
    frame[4] = write.length
    frame[5] = readLength
    frame.blitAt(HEADER_BYTES, write, 0, write.length)
    sendToHost(frame)
    if (readLength > 0) read.blitAt(0, frame, HEADER_BYTES + write.length, readLength)
    return -frame[STATUS_AT]
}

/** A connection to the server takes the runtime's one socket with it when it ends. */
function sendToHost(frame: Buffer) {
    const runtime = ds as Runtime
    if (runtime._socketWrite(frame) !== NO_SOCKET) return
    runtime._socketOpen(HOST_NAME, HOST_PORT)
    runtime._socketWrite(frame)
}
