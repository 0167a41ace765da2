/** Runs DeviceScript programs on a virtual chip, step by step. */
import { createStore } from "../../devs/image/fstor.ts"
import { settingEntries } from "../../devs/image/store-entries.ts"
import { type DeviceEvent, parseDeviceLog } from "../../devs/sim/chip/device-log.ts"
import { buildFirmware } from "../../devs/vm/firmware.ts"
import { isReboot, Machine, type MachineOptions, type Network } from "../../devs/vm/machine.ts"

export const START_MS = 1_422_886_740_000
/** Default flash size of the WASM runtime. */
export const FLASH_BYTES = 128 * 1024

export const noNetwork: Network = {
    isAvailable: () => false,
    open: () => -1,
    write: () => -1,
    close: () => 0,
    takeEvents: () => [],
}

/** A store with these settings only. */
export const flashWith = (settings: Record<string, string>): Buffer =>
    createStore(FLASH_BYTES, settingEntries(settings))

export interface Booted {
    machine: Machine
    /** lines logged by the chip */
    log: string[]
    /** events of the program among them */
    events: DeviceEvent[]
    clock: { nowMs: number }
    /** true once the program has restarted the chip: nothing runs after that */
    rebooted: boolean
    /** simulates other devices on the chip's bus, after each round */
    afterRound: (() => void) | undefined
    runFor(ms: number): void
}

/** Boots a program on a machine with its own clock, and collects its log. */
export async function boot(entry: string, options: Partial<MachineOptions> = {}, startMs = START_MS): Promise<Booted> {
    const clock = { nowMs: startMs }
    const log: string[] = []
    const events: DeviceEvent[] = []
    const machine = await Machine.create({
        deviceId: "0123456789abcdef",
        flash: flashWith({}),
        now: () => clock.nowMs,
        network: noNetwork,
        transferI2c: () => ({ status: 1 }),
        onLog: line => {
            log.push(line.trimEnd())
            const event = parseDeviceLog(line)
            if (event) events.push(event)
        },
        ...options,
    })
    machine.deploy((await buildFirmware(entry)).bytecode)
    const booted: Booted = { machine, log, events, clock, rebooted: false, afterRound: undefined, runFor }
    function runFor(ms: number) {
        for (const end = clock.nowMs + ms; clock.nowMs < end && !booted.rebooted; ) processOnce()
    }
    function processOnce() {
        try {
            clock.nowMs += machine.process()
            booted.afterRound?.()
        } catch (error) {
            if (!isReboot(error)) throw error
            booted.rebooted = true
        }
    }
    return booted
}

/** Counterpart of `interview`. */
const QUESTIONS = "test/fixtures/programs/src-questions.ts"
const QUESTION_PIECE_BYTES = 250
const MAX_ROUNDS = 5000

/**
 * Boots the program that calls the firmware's functions on request.
 *
 * `ask(name, …)` calls one in the VM and returns its result (undefined as null);
 * it throws an Error with the message of what the function threw.
 */
export async function interview(options: Partial<MachineOptions> = {}) {
    let question = Buffer.alloc(0)
    let answer = Buffer.alloc(0)
    let answered = false
    const nextPiece = () => {
        const piece = question.subarray(0, QUESTION_PIECE_BYTES)
        question = question.subarray(piece.length)
        return Buffer.concat([Buffer.from([piece.length]), piece])
    }
    const takePiece = (piece: Uint8Array) => {
        answer = Buffer.concat([answer, piece.subarray(1)])
        answered = piece[0]! < QUESTION_PIECE_BYTES
    }
    const booted = await boot(QUESTIONS, {
        transferI2c: (_address, write, readLength) => {
            if (readLength > 0) return { status: 0, read: nextPiece() }
            takePiece(write)
            return { status: 0 }
        },
        ...options,
    })
    const ask = <T>(name: string, ...args: unknown[]): T => {
        question = Buffer.from(JSON.stringify([name, ...args]))
        answer = Buffer.alloc(0)
        answered = false
        for (let round = 0; !answered; round++) {
            if (round === MAX_ROUNDS) throw new Error(`no answer to ${name}:\n${booted.log.slice(-5).join("\n")}`)
            booted.clock.nowMs += booted.machine.process()
        }
        const text = answer.toString()
        if (text[0] === "!") throw new Error(text.slice(1))
        return JSON.parse(text.slice(1)) as T
    }
    return { ...booted, ask }
}

export type Interview = Awaited<ReturnType<typeof interview>>
