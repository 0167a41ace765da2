/**
 * Finds and opens serial ports. It adapts a port of `serialport` to Web Serial, which `esptool-js`
 * drives. No other file touches serial ports.
 */
import { readFile, stat } from "node:fs/promises"
import { promisify } from "node:util"
import { SerialPort } from "serialport"
import { AirpinError } from "../../certs/error.ts"
import { exists } from "../../certs/replace-file.ts"

/** USB vendor ids of chips: three makers of USB-to-serial bridges, and Espressif for native USB. */
const vendors: Record<string, string> = { "10c4": "Silicon Labs", "1a86": "WCH", "0403": "FTDI", "303a": "Espressif" }

export interface FoundPort {
    /** such as /dev/ttyUSB0 or COM3 */
    path: string
    /** four hexadecimal digits, lower case; undefined if it is not a USB device */
    vendorId?: string | undefined
    productId?: string | undefined
}

/**
 * The port with this path; without a path, the only port that may belong to a chip.
 *
 * @throws AirpinError PORT_NOT_FOUND, PORT_AMBIGUOUS
 */
export async function findPort(path?: string): Promise<FoundPort> {
    if (path === undefined) return choosePort(await listPorts())
    const known = await listPorts().catch(() => []) // the port may exist even if the list fails
    return known.find(port => port.path === path) ?? { path }
}

/** The only port with the USB vendor id of a chip. Throws as {@link findPort}. */
export function choosePort(ports: FoundPort[]): FoundPort {
    const candidates = ports.filter(isOfChip)
    const [port, ...others] = candidates
    if (!port)
        throw new AirpinError(
            "PORT_NOT_FOUND",
            `no chip is plugged in: there is no USB serial port of ${Object.values(vendors).join(", ")}`,
            "plug it in with a cable that carries data, install the driver of its USB bridge, or give the port with --port",
        )
    if (others.length > 0)
        throw new AirpinError("PORT_AMBIGUOUS", `several chips are plugged in: ${candidates.map(portText).join(", ")}`)
    return port
}

const isOfChip = ({ vendorId }: FoundPort) => vendorId !== undefined && vendors[vendorId] !== undefined

/**
 * The ports that are there now and may be chips': those with these paths, or, without any, all with the USB vendor id of
 * a chip.
 *
 * @throws AirpinError PORT_NOT_FOUND if the system cannot list its ports
 */
export async function presentPorts(paths: string[]): Promise<FoundPort[]> {
    if (paths.length === 0) return (await listPorts()).filter(isOfChip)
    const found = await Promise.all(paths.map(async path => ((await exists(path)) ? [{ path }] : [])))
    return found.flat()
}

const portText = ({ path, vendorId = "" }: FoundPort) => `${path} (${vendors[vendorId]})`

async function listPorts(): Promise<FoundPort[]> {
    const ports = await SerialPort.list().catch((cause: Error) => {
        throw new AirpinError(
            "PORT_NOT_FOUND",
            `the serial ports cannot be listed: ${cause.message}`,
            "name the port with --port",
            { cause },
        )
    })
    return ports.map(({ path, vendorId, productId }) => ({
        path,
        vendorId: vendorId?.toLowerCase(),
        productId: productId?.toLowerCase(),
    }))
}

/** The rate of the first SYNC for every chip of the family (esptool documentation, "Serial Protocol"). */
export const ROM_BAUD = 115200
/** A 16 kB packet of bytes that all need escaping takes 2.8 s at the slowest rate. */
const WRITE_TIMEOUT_MS = 5_000

/**
 * Opens a port at 115200 baud.
 *
 * @throws AirpinError PORT_MISSING, PORT_PERMISSION, PORT_BUSY, PORT_UNUSABLE
 */
export async function openPort(found: FoundPort): Promise<ChipPort> {
    const port = new ChipPort(found)
    await port.open({ baudRate: ROM_BAUD })
    return port
}

/** The part of a Web Serial port that `esptool-js` uses. */
export class ChipPort {
    readonly path: string
    /**
     * False if the port has no DTR and RTS, so that the user must press the chip's buttons.
     * Valid after the port was opened.
     */
    hasControlLines = true
    readable: ReadableStream<Uint8Array> | null = null
    writable: ByteSink | null = null
    /** rejects when the port is gone or released; never resolves */
    readonly ended: Promise<never>
    readonly #found: FoundPort
    readonly #end: (reason: AirpinError) => void
    #port: SerialPort | undefined
    /** the last values; `serialport` sets both at once */
    #lines = { dtr: false, rts: false }

    constructor(found: FoundPort) {
        this.path = found.path
        this.#found = found
        const { promise, reject } = withReject()
        this.ended = promise
        this.#end = reject
    }

    async open({ baudRate }: { baudRate: number }): Promise<void> {
        if (this.#port) return this.setBaudRate(baudRate)
        const port = new SerialPort({ path: this.path, baudRate, autoOpen: false })
        await promisify(port.open.bind(port))().catch(async (cause: Error) => {
            throw openError(this.path, cause.message, await groupOf(this.path))
        })
        this.#port = port
        port.on("error", () => undefined) // the writer gets the error too
        port.on("close", (reason: Error | null) => reason && this.#lose(reason))
        this.readable = bytesOf(port, this.ended)
        this.writable = sinkOf(port, this.path)
        await this.#setLines().catch(async (cause: Error) => {
            await this.close()
            throw openError(this.path, cause.message, undefined)
        })
    }

    #lose(cause: Error): void {
        this.#forget()
        this.#end(unplugged(this.path, cause))
    }

    #forget(): void {
        this.#port = undefined
        this.readable = this.writable = null
    }

    async setBaudRate(baudRate: number): Promise<void> {
        const port = this.#opened()
        await promisify(port.update.bind(port))({ baudRate })
    }

    #opened(): SerialPort {
        if (!this.#port) throw new AirpinError("PORT_CLOSED", `${this.path} is closed`)
        return this.#port
    }

    /** An undefined line keeps its value; `serialport` would raise it. */
    async setSignals({
        dataTerminalReady,
        requestToSend,
    }: {
        dataTerminalReady?: boolean
        requestToSend?: boolean
    }): Promise<void> {
        this.#lines = { dtr: dataTerminalReady ?? this.#lines.dtr, rts: requestToSend ?? this.#lines.rts }
        if (this.hasControlLines) await this.#setLines()
    }

    async #setLines(): Promise<void> {
        const port = this.#opened()
        await promisify(port.set.bind(port))(this.#lines).catch((cause: Error) => {
            if (!/inappropriate ioctl|invalid argument/i.test(cause.message)) throw cause
            this.hasControlLines = false
        })
    }

    getInfo(): { usbVendorId?: number; usbProductId?: number } {
        const { vendorId, productId } = this.#found
        return vendorId && productId
            ? { usbVendorId: parseInt(vendorId, 16), usbProductId: parseInt(productId, 16) }
            : {}
    }

    /** Closes the port, which may be opened again. */
    async close(): Promise<void> {
        const port = this.#port
        this.#forget()
        if (port?.isOpen) await promisify(port.close.bind(port))()
    }

    /** Closes the port for good and rejects {@link ended}. */
    async release(): Promise<void> {
        await this.close()
        this.#end(new AirpinError("PORT_CLOSED", `${this.path} is closed`))
    }
}

function withReject(): { promise: Promise<never>; reject: (reason: Error) => void } {
    let reject!: (reason: Error) => void
    const promise = new Promise<never>((_, rejectIt) => (reject = rejectIt))
    promise.catch(() => undefined) // it may reject while nobody waits for it
    return { promise, reject }
}

/** An invalid escape sequence (RFC 1055). It makes a pending read of `esptool-js`, which cannot be cancelled, fail. */
const BROKEN_ESCAPE = Uint8Array.of(0xdb, 0x00)

function bytesOf(port: SerialPort, ended: Promise<never>): ReadableStream<Uint8Array> {
    let isCancelled = false
    return new ReadableStream<Uint8Array>({
        start(controller) {
            port.on("data", (bytes: Buffer) => controller.enqueue(bytes))
            ended.catch(() => {
                if (isCancelled) return
                controller.enqueue(BROKEN_ESCAPE)
                controller.close()
            })
        },
        cancel() {
            isCancelled = true
            port.removeAllListeners("data")
        },
    })
}

/** The part of a writable stream that `esptool-js` uses, without locks, which would stay locked if a write fails. */
interface ByteSink {
    readonly locked: boolean
    getWriter(): { write(bytes: Uint8Array): Promise<void>; releaseLock(): void }
}

function sinkOf(port: SerialPort, path: string): ByteSink {
    const write = (bytes: Uint8Array) =>
        new Promise<void>((resolve, reject) => {
            const timer = setTimeout(() => reject(stuck(path)), WRITE_TIMEOUT_MS)
            port.write(Buffer.from(bytes), undefined, error => {
                clearTimeout(timer)
                if (error) reject(unplugged(path, error))
                else resolve()
            })
        })
    return { locked: false, getWriter: () => ({ write, releaseLock: () => undefined }) }
}

function unplugged(path: string, cause: Error): AirpinError {
    const nextStep = "plug it in and run this again; it skips what is already written"
    return new AirpinError("PORT_UNPLUGGED", `${path} has disappeared: it was unplugged or lost power`, nextStep, {
        cause,
    })
}

function stuck(path: string): AirpinError {
    return new AirpinError("PORT_STUCK", `${path} accepted no data for ${WRITE_TIMEOUT_MS / 1000} s`)
}

/** The group that owns the port's device file; undefined if there is none. */
async function groupOf(path: string): Promise<string | undefined> {
    try {
        const { gid } = await stat(path)
        const groups = await readFile("/etc/group", "utf8")
        return groups
            .split("\n")
            .map(line => line.split(":"))
            .find(fields => fields[2] === String(gid))?.[0]
    } catch {
        return undefined // no such port, or a system without groups
    }
}

/**
 * The error for a port that cannot be opened.
 *
 * @param text message of `serialport`, which has no error codes: `strerror` on
 * Linux and macOS, its own texts on Windows (serialport_unix.cpp, serialport_win.cpp)
 * @param group group that owns the port's device file
 */
export function openError(path: string, text: string, group: string | undefined): AirpinError {
    if (/no such file|file not found|no such device/i.test(text))
        return new AirpinError("PORT_MISSING", `there is no port ${path}`)
    if (/cannot lock|busy|access denied/i.test(text))
        return new AirpinError("PORT_BUSY", `another program uses ${path}`)
    if (/permission denied/i.test(text)) return permissionError(path, group)
    return new AirpinError("PORT_UNUSABLE", `${path} cannot be opened as a serial port: ${text}`)
}

function permissionError(path: string, group: string | undefined): AirpinError {
    const owner = group ? `belongs to the group "${group}", and you are not in it` : "may not be opened by this user"
    return new AirpinError(
        "PORT_PERMISSION",
        `${path} ${owner}`,
        `sudo usermod -aG ${group ?? "dialout"} $USER, then log out and in again`,
    )
}
