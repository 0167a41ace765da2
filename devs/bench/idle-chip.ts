/** A virtual chip that runs the firmware without a server and without a sensor that replies in order. */
import { CHIP_STORE_BYTES, createStore } from "../image/fstor.ts"
import { settingEntries } from "../image/store-entries.ts"
import { Machine, type Network } from "../vm/machine.ts"

export interface IdleChip {
    runFor(ms: number): void
}

const START_MS = Date.UTC(2026, 0, 5, 8)

const noNetwork: Network = {
    isAvailable: () => false,
    open: () => -1,
    write: () => -1,
    close: () => 0,
    takeEvents: () => [],
}

/** Replies on its bus are zeros, which have a bad CRC. */
export async function startChip(bytecode: Uint8Array): Promise<IdleChip> {
    let nowMs = START_MS
    const machine = await Machine.create({
        deviceId: "0123456789abcdef",
        flash: createStore(CHIP_STORE_BYTES, settingEntries({})),
        now: () => nowMs,
        network: noNetwork,
        transferI2c: (_address, _write, readLength) => ({ status: 0, read: new Uint8Array(readLength) }),
    })
    machine.deploy(bytecode)
    return {
        runFor(ms) {
            for (const endMs = nowMs + ms; nowMs < endMs; ) nowMs += machine.process()
        },
    }
}
