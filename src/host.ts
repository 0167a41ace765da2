/**
 * Frames to the host of the simulator. Its runtime has no I2C, SPI or pins, so each access is passed on
 * as one frame through the runtime's socket call; the host reads the frame and edits it in place.
 *
 * A frame starts with 0xFF, its kind, and a byte for the status: `bus.ts`, `pins.ts`, `panel/spi.ts`.
 */
import * as ds from "@devicescript/core"

const FRAME_START = 0xff
/** Return value of the runtime's socket call while no socket is open. */
const NO_SOCKET = -100
const HOST_NAME = "@i2c"
const HOST_PORT = 1

type Runtime = typeof ds & {
    _socketOpen(host: string, port: number): number
    _socketWrite(bytes: Buffer): number
}

/** Opens the way to the host; must run before the server connection is first opened. */
export function connectHost() {
    ;(ds as Runtime)._socketOpen(HOST_NAME, HOST_PORT)
}

/** @param kind letter of the kind of frame */
export function newFrame(kind: number, length: number): Buffer {
    const frame = Buffer.alloc(length)
    frame[0] = FRAME_START
    frame[1] = kind
    return frame
}

/** Reopens the socket if needed: the runtime has only one, and closing the server connection closes it. */
export function sendToHost(frame: Buffer) {
    const runtime = ds as Runtime
    if (runtime._socketWrite(frame) !== NO_SOCKET) return
    connectHost()
    runtime._socketWrite(frame)
}
