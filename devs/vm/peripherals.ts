/**
 * Pins and SPI of a virtual chip: decodes the frames by which the firmware reaches them (`src/pins.ts`,
 * `src/panel/spi.ts`), and does what the runtime's own C code does with an image.
 */

/** The parts on a board's pins. Labels are those of the board file. */
export interface Peripherals {
    /** GPIO of the pin with this label; undefined if the board has none, or uses it for its status light */
    gpioOf(label: string): number | undefined
    /** @param mode of DeviceScript: 0x12 output high, 0x22 output low, 0x1 input, 0x11 and 0x21 with pull-up and pull-down */
    setPin(label: string, mode: number, atMs: number): void
    readPin(label: string, atMs: number): 0 | 1
    configureSpi(config: SpiConfig): void
    /** @param bytes one transfer, at most 4,096 */
    transferSpi(bytes: Uint8Array, atMs: number): void
}

export interface SpiConfig {
    /** GPIOs; undefined: not used */
    misoGpio: number | undefined
    mosiGpio: number | undefined
    sckGpio: number | undefined
    /** clock polarity and phase, 0 to 3 */
    mode: number
    hz: number
}

const FRAME_START = 0xff
const kinds = { gpio: 0x47, configure: 0x43, transfer: 0x53, image: 0x50 } as const
const STATUS_AT = 2
const OPERATION_AT = 3
const VALUE_AT = 4
const LABEL_AT = 5
const operations = { find: 0, read: 1, set: 2 } as const
const NO_SUCH_PIN = 1
const NO_PIN = 0xff
const BYTES_AT = 3
const PALETTE_AT = 5
const PALETTE_BYTES = 48

/** Bytes of an image that the runtime sends in one transfer: `devs_gimage_prep_xfer`. */
const IMAGE_BLOCK_BYTES = 1024

/** Reads frames from the firmware; of an image, the pixels come as the next write. */
export class PeripheralFrames {
    readonly #peripherals: Peripherals | undefined
    #pendingImage: Omit<SentImage, "pixels"> | undefined

    constructor(peripherals: Peripherals | undefined) {
        this.#peripherals = peripherals
    }

    /**
     * Does what a frame asks for, and writes the result into it.
     *
     * @returns false if the bytes are no such frame
     */
    accept(frame: Uint8Array, atMs: number): boolean {
        if (this.#pendingImage) {
            this.#sendImage({ ...this.#pendingImage, pixels: frame }, atMs)
            this.#pendingImage = undefined
            return true
        }
        if (frame[0] !== FRAME_START) return false
        switch (frame[1]) {
            case kinds.gpio:
                this.#pin(frame, atMs)
                return true
            case kinds.configure:
                this.#peripherals?.configureSpi(spiConfigOf(frame))
                return true
            case kinds.transfer:
                this.#peripherals?.transferSpi(frame.slice(BYTES_AT), atMs)
                return true
            case kinds.image:
                this.#pendingImage = {
                    width: frame[3] ?? 0,
                    height: frame[4] ?? 0,
                    palette: frame.slice(PALETTE_AT, PALETTE_AT + PALETTE_BYTES),
                }
                return true
            default:
                return false
        }
    }

    #pin(frame: Uint8Array, atMs: number): void {
        const label = Buffer.from(frame.subarray(LABEL_AT)).toString()
        const gpio = this.#peripherals?.gpioOf(label)
        if (!this.#peripherals || gpio === undefined) {
            frame[STATUS_AT] = NO_SUCH_PIN
            return
        }
        const operation = frame[OPERATION_AT]
        if (operation === operations.find) frame[VALUE_AT] = gpio
        else if (operation === operations.read) frame[VALUE_AT] = this.#peripherals.readPin(label, atMs)
        else if (operation === operations.set) this.#peripherals.setPin(label, frame[VALUE_AT] ?? 0, atMs)
    }

    #sendImage(image: SentImage, atMs: number): void {
        for (const block of rgb565Blocks(image)) this.#peripherals?.transferSpi(block, atMs)
    }
}

function spiConfigOf(frame: Uint8Array): SpiConfig {
    const gpio = (at: number) => (frame[at] === NO_PIN ? undefined : frame[at])
    return {
        misoGpio: gpio(3),
        mosiGpio: gpio(4),
        sckGpio: gpio(5),
        mode: frame[6] ?? 0,
        hz: (frame[7] ?? 0) * 1e6,
    }
}

interface SentImage {
    width: number
    height: number
    /** 16 colours of three bytes */
    palette: Uint8Array
    /** 4 bits each, columns padded to 32 bits; the buffer may be larger than the image */
    pixels: Uint8Array
}

/** The transfers of an image, rows from top to bottom: `devs_gimage_compute_xfer` with RGB565 and BY_ROW. */
function* rgb565Blocks({ width, height, palette, pixels }: SentImage): Generator<Uint8Array> {
    const columnBytes = Math.ceil(height / 8) * 4
    if (height % 2 !== 0 || pixels.length < width * columnBytes)
        throw new RangeError(`an image of ${width} × ${height} pixels cannot be sent`)
    const rowsPerBlock = Math.floor(IMAGE_BLOCK_BYTES / 2 / width) & ~1
    if (rowsPerBlock === 0) throw new RangeError(`the chip panics on an image ${width} pixels wide`)
    const colors = Array.from({ length: 16 }, (_, color) => rgb565(palette, color))
    for (let top = 0; top < height; top += rowsPerBlock) {
        const rows = Math.min(rowsPerBlock, height - top)
        const block = Buffer.alloc(rows * width * 2)
        for (let y = 0; y < rows; y++)
            for (let x = 0; x < width; x++) {
                const pair = pixels[x * columnBytes + ((top + y) >> 1)] ?? 0
                const color = colors[(top + y) % 2 === 0 ? pair & 0xf : pair >> 4] ?? 0
                const at = 2 * (y * width + x)
                block[at] = color >> 8
                block[at + 1] = color & 0xff
            }
        yield block
    }
}

function rgb565(palette: Uint8Array, color: number): number {
    const [red = 0, green = 0, blue = 0] = palette.subarray(3 * color, 3 * color + 3)
    return ((red >> 3) << 11) | ((green >> 2) << 5) | (blue >> 3)
}
