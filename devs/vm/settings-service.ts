/**
 * Reads and writes a machine's settings from outside, as a program on it would:
 * with Jacdac packets to its settings service, 0x1107dc4a: jacdac-c `services/settings.c`.
 */
import { FRAME_IS_COMMAND, FRAME_IS_MULTICAST, frameOf, packetsOf } from "./jacdac-frames.ts"
import type { Machine } from "./machine.ts"

const SETTINGS_SERVICE = 0x1107dc4a
const GET = 0x80
const SET = 0x81

/** Reads a setting: empty if it does not exist, undefined if the service did not respond. */
export function readSetting(machine: Machine, name: string): Buffer | undefined {
    const key = Buffer.from(`${name}\0`)
    machine.receive(commandFrame(GET, key))
    machine.process()
    for (const frame of machine.frames)
        for (const { command, data } of packetsOf(frame))
            if (command === GET && data.subarray(0, key.length).equals(key)) return data.subarray(key.length)
    return undefined
}

/** Writes a setting to flash. */
export function writeSetting(machine: Machine, name: string, value: Buffer): void {
    machine.receive(commandFrame(SET, Buffer.concat([Buffer.from(`${name}\0`), value])))
    machine.process()
}

/** A command for any device that has the service. */
function commandFrame(command: number, data: Buffer): Buffer {
    const device = Buffer.alloc(8)
    device.writeUInt32LE(SETTINGS_SERVICE)
    return frameOf(device, FRAME_IS_COMMAND | FRAME_IS_MULTICAST, { service: 0, command, data })
}
