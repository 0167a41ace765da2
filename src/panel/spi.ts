/**
 * The SPI bus of the screen. On the chip the runtime drives it; in the simulator each transfer is a frame
 * to the host.
 *
 * Frames: start, "C", status, gpio of MISO, MOSI and SCK (255: none), mode, clock in MHz;
 * start, "S", status, and the bytes to send;
 * start, "P", status, pixels per row, rows, then the palette, followed by a write of the image's buffer alone.
 */
import * as ds from "@devicescript/core"
import { newFrame, sendToHost } from "../host"

/**
 * The runtime's own bitmap, 4 bits per pixel: columns from left to right, each padded to 32 bits, the even
 * row of two in the low bits of a byte (DeviceScript `impl_image.c`).
 *
 * @devsNative Image
 */
export declare class Image {
    private constructor()
    width: number
    height: number
    buffer: Buffer
    fill(color: number): void
    fillRect(x: number, y: number, width: number, height: number, color: number): void
    drawLine(x0: number, y0: number, x1: number, y1: number, color: number): void
    /**
     * Copies a part of another image; colour 0 is left out if the tenth argument is true. The compiler takes eleven
     * arguments only if one is spread, so they are: x, y, width, height, from, fromX, fromY, fromWidth, fromHeight, transparent.
     *
     * The runtime's `drawImage` and `drawTransparentImage` are not declared here, because they copy only two rows of
     * eight (`uint8_t v` in `impl_image.c`).
     */
    blit(...args: (number | boolean | Image)[]): boolean
    fillCircle(x: number, y: number, radius: number, color: number): void
    static alloc(width: number, height: number, bitsPerPixel: number, contents?: Buffer, offset?: number): Image
}

const CONFIGURE_FRAME = 0x43
const TRANSFER_FRAME = 0x53
const IMAGE_FRAME = 0x50
const HEADER_BYTES = 3
const NO_PIN = 255

/** `spiSendImage`: 16 bits per pixel, rows from top to bottom (DeviceScript `devs_objects.h`). */
const RGB565_BY_ROW = 0x10001
/** What the runtime takes from the heap while it sends an image: `devs_gimage_prep_xfer`. */
const SENDING_BYTES = 1024 + 64

type Runtime = typeof ds & {
    spiConfigure(miso: number, mosi: number, sck: number, mode: number, hz: number): void
    spiXfer(tx: Buffer, rx: Buffer): Promise<void>
    spiSendImage(image: Image, palette: Buffer, flags: number): Promise<void>
}

/** Configures the bus to send only. */
export function configureSpi(mosi: number, sck: number, mode: number, hz: number) {
    if (!ds.isSimulator()) {
        ;(ds as Runtime).spiConfigure(-1, mosi, sck, mode, hz)
        return
    }
    const frame = newFrame(CONFIGURE_FRAME, 8)
    frame.blitAt(HEADER_BYTES, Buffer.from([NO_PIN, mosi, sck, mode, hz / 1e6]), 0, 5)
    sendToHost(frame)
}

/** Sends at most 4,096 bytes; other fibers run meanwhile. */
export async function sendBytes(bytes: Buffer): Promise<void> {
    if (!ds.isSimulator()) {
        await (ds as Runtime).spiXfer(bytes, null)
        return
    }
    const frame = newFrame(TRANSFER_FRAME, HEADER_BYTES + bytes.length)
    frame.blitAt(HEADER_BYTES, bytes, 0, bytes.length)
    sendToHost(frame)
}

/**
 * Sends an image as 16-bit colours, row by row; other fibers run meanwhile.
 *
 * @param image writable, at most 256 wide, of an even height
 * @param palette 16 colours of three bytes: red, green, blue
 */
export async function sendImage(image: Image, palette: Buffer): Promise<void> {
    if (!ds.isSimulator()) {
        await (ds as Runtime).spiSendImage(image, palette, RGB565_BY_ROW)
        return
    }
    const frame = newFrame(IMAGE_FRAME, SENDING_BYTES)
    frame[3] = image.width
    frame[4] = image.height
    frame.blitAt(5, palette, 0, palette.length)
    sendToHost(frame)
    sendToHost(image.buffer)
    await ds.sleep(1)
}
