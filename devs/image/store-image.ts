/**
 * The store that a device is flashed with: program, settings and Wi-Fi network. The runtime itself
 * writes the program into it in the VM, and then boots from a copy as a test.
 */
import { AirpinError } from "../../certs/error.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { Machine, type Network } from "../vm/machine.ts"
import { readSetting, writeSetting } from "../vm/settings-service.ts"
import { CHIP_STORE_BYTES, createStore, readStore, type StoreEntries } from "./fstor.ts"
import { type EnvSettings, settingEntries, type Wifi, wifiEntries } from "./store-entries.ts"

export interface StoreContents {
    bytecode: Uint8Array
    settings: EnvSettings
    /** if absent, the device does not join a network by itself */
    wifi?: Wifi
    /** size of the store; default: 256 kB, the partition of the ESP32 family */
    sizeBytes?: number
}

/**
 * The bytes of a store; the same for the same contents. Takes about 15 ms, and half a second more to load the VM at
 * the first call.
 *
 * @throws AirpinError PROGRAM_REFUSED, FLASH_STORE_FULL and the errors of `settingEntries` and `wifiEntries`
 */
export async function buildStore(contents: StoreContents): Promise<Buffer> {
    const { bytecode, sizeBytes = CHIP_STORE_BYTES } = contents
    const runtime = await IsolatedRuntime.powerUp(createStore(sizeBytes, smallEntries(contents)))
    runtime.machine.deploy(bytecode)
    return runtime.flash
}

const smallEntries = ({ settings, wifi }: StoreContents): StoreEntries =>
    new Map([...settingEntries(settings), ...(wifi ? wifiEntries(wifi) : [])])

/** A program starts 1.1 s after the chip (DeviceScript `devsmgr.c`), so this shows whether it crashes at once. */
const PROOF_MS = 2000
/** Written to the tested copy, so that the runtime writes the store back as it has read it. */
const PROBE = { name: "airpin", value: Buffer.of(0x31) } as const

/**
 * Boots a runtime from a copy of the store, and checks that it mounts the store, starts the program,
 * returns the settings, and keeps every entry when it writes. Takes about 100 ms.
 *
 * @throws AirpinError FLASH_STORE_UNPROVEN with the checks that failed, and the errors of `readStore`
 */
export async function verifyStore(store: Uint8Array, contents: StoreContents): Promise<void> {
    const runtime = await IsolatedRuntime.powerUp(Buffer.from(store))
    const missing = runtime.formatted
        ? ["it does not mount"]
        : [...missingEntries(runtime, contents), ...missingProgram(runtime, contents)]
    if (missing.length === 0) return
    throw new AirpinError("FLASH_STORE_UNPROVEN", `a device would not work with this store: ${missing.join(", ")}`)
}

function missingEntries(runtime: IsolatedRuntime, contents: StoreContents): string[] {
    const unanswered = [...settingEntries(contents.settings)].filter(
        ([key, value]) => !readSetting(runtime.machine, key.slice(1))?.equals(value),
    )
    writeSetting(runtime.machine, PROBE.name, PROBE.value)
    const kept = readStore(runtime.flash)
    const lost = [...smallEntries(contents)].filter(([key, value]) => !kept.get(key)?.equals(value))
    return [
        ...unanswered.map(([key]) => `setting ${key.slice(1)} cannot be read`),
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

/** A runtime in the VM without a network or I2C devices, on a clock of its own. */
class IsolatedRuntime {
    readonly log: string[] = []
    readonly panics: number[] = []
    /** the current bytes of the store */
    flash: Buffer
    /** why it has stopped: a reboot, or an abort of its native code */
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

    /** True if the runtime found no valid store in its flash and created an empty one. */
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

/** arbitrary */
const START_MS = Date.UTC(2026, 0, 1)

const noNetwork: Network = {
    isAvailable: () => false,
    open: () => -1,
    write: () => -1,
    close: () => 0,
    takeEvents: () => [],
}
