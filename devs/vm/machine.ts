/**
 * One virtual chip: the DeviceScript runtime, with flash, socket, I2C bus and
 * clock supplied by the caller. Nothing runs by itself: the caller advances
 * time and calls `process`.
 */
import { randomBytes as systemRandomBytes } from "node:crypto"
import { AirpinError } from "../../certs/error.ts"
import { type Argument, type HeapUse, HeapWatch } from "./heap.ts"
import { isAnnouncement } from "./jacdac-frames.ts"
import { PeripheralFrames, type Peripherals } from "./peripherals.ts"
import { createVm, type VmModule } from "./toolchain.ts"

/** The network as the runtime uses it: one socket at a time, as on the chip. */
export interface Network {
    isAvailable(): boolean
    /** starts to connect; the result arrives as an event. Returns 0, or a negative number if that is impossible */
    open(host: string, port: number, tls: boolean): number
    /** returns 0 if the bytes were accepted, otherwise a negative number */
    write(bytes: Uint8Array): number
    close(): number
    /** returns the events since the last call, oldest first */
    takeEvents(): SocketEvent[]
}

/** As the runtime numbers them (jacdac-c, `jd_network.h`). */
const socketEventCodes = { open: 1, close: 2, error: 3, data: 4 } as const

export interface SocketEvent {
    type: keyof typeof socketEventCodes
    /** of an error, as the runtime words it */
    message?: string
    data?: Uint8Array
}

/** Result of one transfer on the I2C bus. */
export interface I2cResult {
    /** 0 done, 1 write failed, 2 read failed */
    status: 0 | 1 | 2
    /** the bytes read, if any were requested and `status` is 0 */
    read?: Uint8Array
    /** it failed because a part holds SCL or SDA low, which the chip notices only after `heldLineMs` */
    held?: true
}

export type TransferI2c = (address: number, write: Uint8Array, readLength: number, atMs: number) => I2cResult

export interface MachineOptions {
    /** 16 hex digits */
    deviceId: string
    /** the flash store at power-up; its length is the size of the store */
    flash: Uint8Array
    /** milliseconds since the epoch, an integer */
    now(): number
    network: Network
    transferI2c: TransferI2c
    /** parts on the board's pins; none if absent */
    peripherals?: Peripherals
    /** how long a transfer on a held line blocks the chip, ms: `chips` in devs/image; 13, as the ESP32, if absent */
    heldLineMs?: number
    /** a log line of the runtime or the program */
    onLog?(line: string): void
    /** the program panicked; the runtime restarts it 5 s later */
    onPanic?(code: number): void
    /** the flash changed; `bytes` is all of it, as long as `flash` */
    onFlash?(bytes: Uint8Array): void
    randomBytes?(length: number): Uint8Array
}

/** The runtime's own maximum sleep between two `process` calls, and the minimum. */
const DEFAULT_SLEEP_MS = 10
const MIN_SLEEP_MS = 1
/**
 * Maximum advance of time: the runtime's Jacdac bus announces itself twice a second, or as often as it is called, and
 * drops a device after two seconds of silence.
 */
const MAX_SLEEP_MS = 1900
/** The maximum while the program looks for its services, which it finds by their announcements. */
const MAX_SLEEP_AT_START_MS = 250
/**
 * After frames on the Jacdac bus other than announcements, so many rounds follow at the runtime's own pace: a service
 * answers in one of them, without a fiber that would be due.
 */
const ROUNDS_AFTER_FRAMES = 3
/** From the start of the machine or a panic, after which the runtime restarts the program 5 s later. */
const START_MS = 20_000

/** The ESP32's, the default. */
const DEFAULT_HELD_LINE_MS = 13
/** The chip resets when one round of the main loop lasts so long (devicescript-esp32 `main/main.c`). */
export const WATCHDOG_MS = 5000
/** The first line that ESP-IDF prints then (`esp_system/task_wdt.c`). */
export const WATCHDOG_LINE =
    "E task_wdt: Task watchdog got triggered. The following tasks did not reset the watchdog in time: sys_evt"

/** Thrown by `process` when the task watchdog resets the chip. */
export class WatchdogReset extends Error {
    constructor() {
        super("the task watchdog resets the chip")
    }
}

/** An erased byte of flash. */
const ERASED = 0xff

/** Frames of the simulated I2C bus; the firmware's side is `src/bus.ts`. */
const I2C_HOST = "@i2c"
const I2C_MAGIC = [0xff, 0x49]
const I2C_HEADER_BYTES = 6

/** The current round of the main loop. */
interface Round {
    blockedMs: number
}

export class Machine {
    readonly #vm: VmModule
    readonly #options: MachineOptions
    readonly #heap: HeapWatch
    readonly #peripheralFrames: PeripheralFrames
    #framesSent: Buffer[] = []
    #i2cHost: Argument | undefined
    #watchingHeap = false
    #heapPeakBytes = 0
    #failure: unknown
    readonly #round: Round
    #startedAtMs: number
    /** how many of the next rounds follow at the runtime's own pace */
    #roundsAfterFrames = 0

    private constructor(vm: VmModule, options: MachineOptions, round: Round) {
        this.#round = round
        this.#vm = vm
        this.#options = options
        this.#startedAtMs = options.now()
        this.#heap = new HeapWatch(() => vm.HEAPU8)
        this.#peripheralFrames = new PeripheralFrames(options.peripherals)
    }

    /** Creates a machine with this flash, powered up but not yet running. */
    static async create(options: MachineOptions): Promise<Machine> {
        const round = { blockedMs: 0 }
        const vm = await createVm({
            now: () => options.now() + round.blockedMs,
            randomBytes: options.randomBytes ?? systemRandomBytes,
        })
        const machine = new Machine(vm, options, round)
        machine.#connectHooks()
        vm.devsSetDeviceId(options.deviceId)
        return machine
    }

    #connectHooks(): void {
        const vm = this.#vm
        const { network, flash, onFlash, onPanic, onLog } = this.#options
        vm.dmesg = line => onLog?.(line)
        vm.log = vm.error = () => undefined
        vm.panicHandler = code => {
            this.#heap.forget()
            this.#startedAtMs = this.#options.now()
            onPanic?.(code)
        }
        vm.sendPacket = frame => void this.#framesSent.push(Buffer.from(frame))
        vm.flashSize = flash.length
        vm.flashLoad = () => flash
        vm.flashSave = bytes => onFlash?.(padded(bytes, flash.length))
        vm.sockIsAvailable = () => this.#opensI2c() || network.isAvailable()
        vm.sockOpen = (hostPtr, port) => this.#open(this.#text(hostPtr), port)
        vm.sockWrite = (ptr, length) => this.#write(vm.HEAPU8.subarray(ptr, ptr + length))
        vm.sockClose = () => network.close()
    }

    /**
     * The runtime checks for a network before it names the host. The I2C bus
     * must work without a network; it is the first to be opened at boot.
     */
    #opensI2c(): boolean {
        return this.#i2cHost === undefined || this.#heap.isFirstArgument(this.#i2cHost)
    }

    #open(host: string, port: number): number {
        if (host === I2C_HOST) {
            this.#i2cHost = this.#heap.firstArgument()
            return 0
        }
        return this.#options.network.open(host, Math.abs(port), port < 0)
    }

    #write(bytes: Uint8Array): number {
        if (this.#peripheralFrames.accept(bytes, this.#nowMs())) {
            this.#sampleHeap()
            return 0
        }
        if (bytes[0] === I2C_MAGIC[0] && bytes[1] === I2C_MAGIC[1]) return this.#i2c(bytes)
        this.#sampleHeap()
        return this.#options.network.write(bytes.slice())
    }

    /** Does the transfer of the firmware's frame, and writes its result into the frame. */
    #i2c(frame: Uint8Array): number {
        const address = frame[3] ?? 0
        const writeLength = frame[4] ?? 0
        const readLength = frame[5] ?? 0
        const readAt = I2C_HEADER_BYTES + writeLength
        const written = frame.slice(I2C_HEADER_BYTES, readAt)
        const { status, read, held } = this.#options.transferI2c(address, written, readLength, this.#nowMs())
        if (held) this.#block(this.#options.heldLineMs ?? DEFAULT_HELD_LINE_MS)
        frame[2] = status
        if (read) frame.set(read.subarray(0, readLength), readAt)
        return 0
    }

    #nowMs(): number {
        return this.#options.now() + this.#round.blockedMs
    }

    /** The chip's main loop waits: its time passes, and nothing else happens. */
    #block(ms: number): void {
        this.#round.blockedMs += ms
        if (this.#round.blockedMs < WATCHDOG_MS) return
        this.#options.onLog?.(WATCHDOG_LINE)
        throw new WatchdogReset()
    }

    /**
     * Writes the program into flash and starts it.
     *
     * @throws AirpinError PROGRAM_REFUSED if the runtime's verifier refuses it or it does not fit into the store
     */
    deploy(bytecode: Uint8Array): void {
        const result = this.#tryDeploy(bytecode)
        if (result === 0) return
        throw new AirpinError(
            "PROGRAM_REFUSED",
            `the runtime refuses the program of ${bytecode.length} bytes (${result})`,
        )
    }

    /** A program that is larger than the whole store aborts the machine. */
    #tryDeploy(bytecode: Uint8Array): number | string {
        try {
            return this.#vm.devsDeploy(bytecode)
        } catch (error) {
            this.#failure = error
            return "abort"
        }
    }

    /**
     * Runs one round of the main loop: delivers the network's events and runs everything that is due.
     *
     * @returns milliseconds until the next call: `blockedMs` and 1 to 1900 more
     * @throws what stopped the machine for good: a native abort, a reboot (`isReboot`), or a WatchdogReset
     */
    process(): number {
        if (this.#failure) throw this.#failure
        this.#round.blockedMs = 0
        try {
            for (const event of this.#options.network.takeEvents()) this.#deliver(event)
            this.#framesSent = []
            this.#vm._jd_em_process()
        } catch (error) {
            this.#failure = error
            throw error
        }
        this.#sampleHeap()
        return this.blockedMs + this.#sleepMs()
    }

    #sleepMs(): number {
        if (!this.#framesSent.every(isAnnouncement)) {
            this.#roundsAfterFrames = ROUNDS_AFTER_FRAMES
            return MIN_SLEEP_MS
        }
        const sleepMs = this.#heap.msToNextWake() ?? DEFAULT_SLEEP_MS
        return Math.max(MIN_SLEEP_MS, Math.min(this.#maxSleepMs(), sleepMs))
    }

    #maxSleepMs(): number {
        if (this.#roundsAfterFrames-- > 0) return DEFAULT_SLEEP_MS
        return this.#options.now() - this.#startedAtMs < START_MS ? MAX_SLEEP_AT_START_MS : MAX_SLEEP_MS
    }

    /** For how long transfers blocked the last round, ms: the chip does nothing else until that has passed. */
    get blockedMs(): number {
        return this.#round.blockedMs
    }

    #deliver({ type, message, data }: SocketEvent): void {
        const bytes = data ?? Buffer.from(message ?? "")
        this.#withBytes(bytes, ptr => this.#vm._jd_em_tcpsock_on_event(socketEventCodes[type], ptr, bytes.length))
    }

    /** Puts a frame on the runtime's Jacdac bus, which the next `process` handles. */
    receive(frame: Uint8Array): void {
        this.#withBytes(frame, ptr => this.#vm._jd_em_frame_received(ptr))
    }

    /** The Jacdac frames that the runtime sent in the last `process`. */
    get frames(): Buffer[] {
        return this.#framesSent
    }

    #withBytes(bytes: Uint8Array, use: (ptr: number) => void): void {
        const ptr = this.#vm._malloc(bytes.length + 1)
        this.#vm.HEAPU8.set(bytes, ptr)
        use(ptr)
        this.#vm._free(ptr)
    }

    /** The program's heap; undefined while no program runs. */
    heap(): HeapUse | undefined {
        return this.#heap.use()
    }

    /**
     * While on, the collector runs at every allocation, and the heap is measured
     * at every socket write and after every `process`. That is slow, but counts
     * live objects only, not garbage.
     */
    watchHeap(on: boolean): void {
        if (on === this.#watchingHeap) return
        this.#watchingHeap = on
        this.#vm.devsGcStress(on)
    }

    /** Peak use while the heap was watched. */
    get heapPeakBytes(): number {
        return this.#heapPeakBytes
    }

    #sampleHeap(): void {
        if (!this.#watchingHeap) return
        this.#heapPeakBytes = Math.max(this.#heapPeakBytes, this.#heap.use()?.usedBytes ?? 0)
    }

    #text(ptr: number): string {
        const memory = this.#vm.HEAPU8
        return Buffer.from(memory.subarray(ptr, memory.indexOf(0, ptr))).toString()
    }
}

/** True for what `process` throws when the program restarts the whole chip with `ds.reboot()`. */
export function isReboot(error: unknown): boolean {
    return typeof error === "object" && error !== null && "name" in error && error.name === "ExitStatus"
}

/**
 * The runtime saves one byte less than the store's size, and treats a store of
 * another size as missing. The byte is in the last page, which is never used.
 */
function padded(bytes: Uint8Array, length: number): Uint8Array {
    const whole = new Uint8Array(length).fill(ERASED)
    whole.set(bytes.subarray(0, length))
    return whole
}
