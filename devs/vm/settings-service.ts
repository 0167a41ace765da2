/**
 * Reads and writes a machine's settings from outside, as a program on it would:
 * with Jacdac packets to its settings service. Frames: jacdac-c
 * `inc/jd_physical.h`; the service, 0x1107dc4a: `services/settings.c`.
 */
import type { Machine } from "./machine.ts"

const SETTINGS_SERVICE = 0x1107dc4a
const GET = 0x80
const SET = 0x81

/** The frame is a command for any device that has the service. */
const FLAGS = 0x01 | 0x04
const SERVICE_CLASS_AT = 4
const FRAME_HEADER_BYTES = 12
const PACKET_HEADER_BYTES = 4

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

function commandFrame(command: number, data: Buffer): Buffer {
    const packetBytes = (PACKET_HEADER_BYTES + data.length + 3) & ~3
    const frame = Buffer.alloc(FRAME_HEADER_BYTES + packetBytes)
    frame.set([packetBytes, FLAGS], 2)
    frame.writeUInt32LE(SETTINGS_SERVICE, SERVICE_CLASS_AT)
    frame.set([data.length, 0], FRAME_HEADER_BYTES)
    frame.writeUInt16LE(command, FRAME_HEADER_BYTES + 2)
    data.copy(frame, FRAME_HEADER_BYTES + PACKET_HEADER_BYTES)
    frame.writeUInt16LE(crc16(frame.subarray(2)), 0)
    return frame
}

function* packetsOf(frame: Buffer): Generator<{ command: number; data: Buffer }> {
    const endAt = FRAME_HEADER_BYTES + frame.readUInt8(2)
    for (let at = FRAME_HEADER_BYTES; at < endAt; ) {
        const dataAt = at + PACKET_HEADER_BYTES
        const dataEndAt = dataAt + frame.readUInt8(at)
        yield { command: frame.readUInt16LE(at + 2), data: frame.subarray(dataAt, dataEndAt) }
        at = (dataEndAt + 3) & ~3
    }
}

/** jd_crc16 of jacdac-c `source/jd_util.c`: polynomial 0x1021, initial value 0xffff. */
export function crc16(bytes: Buffer): number {
    let crc = 0xffff
    for (const byte of bytes) {
        let x = (crc >> 8) ^ byte
        x ^= x >> 4
        crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff
    }
    return crc
}
