/**
 * The store that a device is flashed with: program, settings and Wi-Fi network,
 * written by the runtime's own code, and proven by it before it leaves the house.
 */
import { AirpinError } from "../../certs/error.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { Machine, type Network } from "../vm/machine.ts"
import { askSetting, writeSetting } from "../vm/settings-service.ts"
import { CHIP_STORE_BYTES, createStore, readStore, type StoreEntries } from "./fstor.ts"
import { type EnvSettings, settingEntries, type Wifi, wifiEntries } from "./store-entries.ts"

export interface StoreContents {
    bytecode: Uint8Array
    settings: EnvSettings
    /** absent: the device joins no network by itself */
    wifi?: Wifi
    /** size of the region; default: the partition of the ESP32 family, 256 kB */
    sizeBytes?: number
}

/**
 * The store's bytes; the same for the same contents. Takes about 15 ms, and half a second to load the VM first.
 *
 * @throws AirpinError PROGRAM_REFUSED, STORE_FULL and the errors of `settingEntries` and `wifiEntries`
 */
export async function buildStore(contents: StoreContents): Promise<Buffer> {
    const { bytecode, sizeBytes = CHIP_STORE_BYTES } = contents
    const runtime = await IsolatedRuntime.powerUp(createStore(sizeBytes, smallEntries(contents)))
    runtime.machine.deploy(bytecode)
    return runtime.flash
}

const smallEntries = ({ settings, wifi }: StoreContents): StoreEntries =>
    new Map([...settingEntries(settings), ...(wifi ? wifiEntries(wifi) : [])])

/** A program starts by itself 1.1 s after the chip (DeviceScript `devsmgr.c`); one that crashes at once does so within this. */
const PROOF_MS = 2000
/** Written to the copy that the proof runs on, so that the runtime hands out the store as it has it then. */
const PROBE = { name: "airpin", value: Buffer.of(0x31) } as const

/**
 * Boots a fresh runtime from the store and looks whether it mounts it, starts
 * this program, gives out these settings, and keeps every entry when it writes. Takes about 100 ms.
 *
 * @throws AirpinError STORE_UNPROVEN with what was missing, and the errors of `readStore`
 */
export async function verifyStore(store: Uint8Array, contents: StoreContents): Promise<void> {
    const runtime = await IsolatedRuntime.powerUp(Buffer.from(store))
    const missing = runtime.formatted
        ? ["it does not mount"]
        : [...missingEntries(runtime, contents), ...missingProgram(runtime, contents)]
    if (missing.length === 0) return
    throw new AirpinError(
        "STORE_UNPROVEN",
        `a device would not work from this store: ${missing.join(", ")}`,
        "please report this",
    )
}

function missingEntries(runtime: IsolatedRuntime, contents: StoreContents): string[] {
    const unanswered = [...settingEntries(contents.settings)].filter(
        ([key, value]) => !askSetting(runtime.machine, key.slice(1))?.equals(value),
    )
    writeSetting(runtime.machine, PROBE.name, PROBE.value)
    const kept = readStore(runtime.flash)
    const lost = [...smallEntries(contents)].filter(([key, value]) => !kept.get(key)?.equals(value))
    return [
        ...unanswered.map(([key]) => `setting ${key.slice(1)} is not given out`),
        ...lost.map(([key]) => `entry ${key} is lost`),
    ]
}

function missingProgram(runtime: IsolatedRuntime, { bytecode }: StoreContents): string[] {
    runtime.run(PROOF_MS)
    const sha256 = sha256Of(bytecode)
    const started = runtime.log.some(line => line.endsWith(`DevS-SHA256: ${sha256}`))
    return [
        ...(started ? [] : ["the program does not start"]),
        ...runtime.panics.map(code => `the program stops with panic ${code}`),
        ...(runtime.stopped ? [`the runtime stops (${runtime.stopped.message})`] : []),
    ]
}

/** The runtime alone on the runtime: no network, nothing on its bus, time in our hand. */
class IsolatedRuntime {
    readonly log: string[] = []
    readonly panics: number[] = []
    /** the store as it stands */
    flash: Buffer
    /** what ended it for good: a reboot, or an abort of its native code */
    stopped: Error | undefined
    machine!: Machine
    #nowMs = START_MS

    private constructor(flash: Buffer) {
        this.flash = flash
    }

    static async powerUp(flash: Buffer): Promise<IsolatedRuntime> {
        const runtime = new IsolatedRuntime(flash)
        runtime.machine = await Machine.create({
            deviceId: "0123456789abcdef",
            flash,
            now: () => runtime.#nowMs,
            network: noNetwork,
            transferI2c: () => ({ status: 1 }),
            onLog: line => runtime.log.push(line.trimEnd()),
            onPanic: code => runtime.panics.push(code),
            onFlash: bytes => (runtime.flash = Buffer.from(bytes)),
            randomBytes: length => new Uint8Array(length),
        })
        return runtime
    }

    /** The runtime found no store in its flash and made an empty one. */
    get formatted(): boolean {
        return this.log.some(line => line.includes("fstor: formatting"))
    }

    run(ms: number): void {
        try {
            for (const endMs = this.#nowMs + ms; this.#nowMs < endMs; ) this.#nowMs += this.machine.process()
        } catch (error) {
            this.stopped = error as Error
        }
    }
}

/** Any moment will do. */
const START_MS = Date.UTC(2026, 0, 1)

const noNetwork: Network = {
    isAvailable: () => false,
    open: () => -1,
    write: () => -1,
    close: () => 0,
    takeEvents: () => [],
}
