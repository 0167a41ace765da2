/**
 * The one file that touches serial ports: finds them, opens them, and gives
 * what `serialport` opens the shape of Web Serial, which `esptool-js` drives.
 */
import { readFile, stat } from "node:fs/promises"
import { promisify } from "node:util"
import { SerialPort } from "serialport"
import { AirpinError } from "../../certs/error.ts"

/** USB vendors of what stands between a computer and a chip: three makers of bridges, and the chip's own USB. */
const vendors: Record<string, string> = { "10c4": "Silicon Labs", "1a86": "WCH", "0403": "FTDI", "303a": "Espressif" }

export interface FoundPort {
    /** as it is opened: /dev/ttyUSB0, COM3 */
    path: string
    /** four hexadecimal digits, lower case; undefined when it is no USB device */
    vendorId?: string | undefined
    productId?: string | undefined
}

/**
 * The port of a chip: the one that is named, or the only one that may be it.
 *
 * @throws AirpinError PORT_NOT_FOUND, PORT_AMBIGUOUS
 */
export async function findPort(path?: string): Promise<FoundPort> {
    if (path === undefined) return choosePort(await listPorts())
    const known = await listPorts().catch(() => []) // it may be there all the same
    return known.find(port => port.path === path) ?? { path }
}

/** The part of `findPort` that decides. */
export function choosePort(ports: FoundPort[]): FoundPort {
    const candidates = ports.filter(({ vendorId }) => vendorId && vendors[vendorId])
    const [port, ...others] = candidates
    if (!port)
        throw new AirpinError(
            "PORT_NOT_FOUND",
            `no serial port of a chip: no USB device of ${Object.values(vendors).join(", ")}`,
            "plug it in with a cable that carries data, install the driver of its USB bridge, or name the port with --port",
        )
    if (others.length > 0)
        throw new AirpinError(
            "PORT_AMBIGUOUS",
            `several chips may be meant: ${candidates.map(portText).join(", ")}`,
            "name one with --port",
        )
    return port
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

/** Every chip of the family answers its first SYNC at this rate (esptool documentation, "Serial Protocol"). */
export const ROM_BAUD = 115200
/** A block of 16 kB, all of it escaped, takes 2.8 s at the slowest rate. */
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

/** A port as Web Serial has it, as far as `esptool-js` uses it. */
export class ChipPort {
    readonly path: string
    /**
     * False when the port has no DTR and RTS: somebody must press the chip's
     * buttons. Known once it has been open.
     */
    hasControlLines = true
    readable: ReadableStream<Uint8Array> | null = null
    writable: ByteSink | null = null
    /** rejects when the port is gone or was released, never resolves */
    readonly ended: Promise<never>
    readonly #found: FoundPort
    readonly #end: (reason: AirpinError) => void
    #port: SerialPort | undefined
    /** as set last; both are set together */
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
        port.on("error", () => undefined) // whoever wrote is told
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

    /** A line that is not named stays as it is; `serialport` would raise it. */
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

    /** Closes it; it may be opened again. */
    async close(): Promise<void> {
        const port = this.#port
        this.#forget()
        if (port?.isOpen) await promisify(port.close.bind(port))()
    }

    /** Closes it for good: whoever still waits for it is told. */
    async release(): Promise<void> {
        await this.close()
        this.#end(new AirpinError("PORT_CLOSED", `${this.path} is closed`))
    }
}

function withReject(): { promise: Promise<never>; reject: (reason: Error) => void } {
    let reject!: (reason: Error) => void
    const promise = new Promise<never>((_, rejectIt) => (reject = rejectIt))
    promise.catch(() => undefined) // nobody need wait for it
    return { promise, reject }
}

/** No packet has it (RFC 1055): it ends the waiting of `esptool-js`, which polls and cannot be told. */
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

/** A writable stream as far as `esptool-js` uses it: locks would stay locked when a write fails. */
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
    const nextStep = "plug it in and run this again: what is written is not written twice"
    return new AirpinError("PORT_UNPLUGGED", `${path} is gone: it was unplugged, or lost its power`, nextStep, {
        cause,
    })
}

function stuck(path: string): AirpinError {
    return new AirpinError(
        "PORT_STUCK",
        `${path} has taken nothing for ${WRITE_TIMEOUT_MS / 1000} s`,
        "unplug it, plug it in and run this again",
    )
}

/** The group that owns the file of a port; undefined where there is none. */
async function groupOf(path: string): Promise<string | undefined> {
    try {
        const { gid } = await stat(path)
        const groups = await readFile("/etc/group", "utf8")
        return groups
            .split("\n")
            .map(line => line.split(":"))
            .find(fields => fields[2] === String(gid))?.[0]
    } catch {
        return undefined // no such port, or no such system
    }
}

/**
 * What it means that a port cannot be opened.
 *
 * @param text the message of `serialport`, which has no codes: `strerror` on
 * Linux and macOS, words of its own on Windows (serialport_unix.cpp, serialport_win.cpp)
 * @param group owner of the port's file
 */
export function openError(path: string, text: string, group: string | undefined): AirpinError {
    if (/no such file|file not found|no such device/i.test(text))
        return new AirpinError(
            "PORT_MISSING",
            `there is no port ${path}`,
            "plug the chip in; airpin finds its port without --port",
        )
    if (/cannot lock|busy|access denied/i.test(text))
        return new AirpinError(
            "PORT_BUSY",
            `another program holds ${path}`,
            "close it: a serial monitor, an IDE, another airpin",
        )
    if (/permission denied/i.test(text)) return permissionError(path, group)
    return new AirpinError(
        "PORT_UNUSABLE",
        `${path} cannot be opened as a serial port: ${text}`,
        "name another with --port",
    )
}

function permissionError(path: string, group: string | undefined): AirpinError {
    const owner = group ? `belongs to the group "${group}", and you are not in it` : "is not yours to open"
    return new AirpinError(
        "PORT_PERMISSION",
        `${path} ${owner}`,
        `sudo usermod -aG ${group ?? "dialout"} $USER, then log out and in again`,
    )
}
