/**
 * Asks a machine's settings service from outside, as a program on it would: by
 * Jacdac packets. Frames: jacdac-c `inc/jd_physical.h`; the service:
 * `services/settings.c`, which is 0x1107dc4a.
 */
import type { Machine } from "./machine.ts"

const SETTINGS_SERVICE = 0x1107dc4a
const GET = 0x80
const SET = 0x81

/** The frame is a command for whichever device has the service. */
const FLAGS = 0x01 | 0x04
const SERVICE_CLASS_AT = 4
const FRAME_HEADER_BYTES = 12
const PACKET_HEADER_BYTES = 4

/** The value under a name, empty when there is none; undefined when no answer came. */
export function askSetting(machine: Machine, name: string): Buffer | undefined {
    const wanted = Buffer.from(`${name}\0`)
    machine.receive(commandFrame(GET, wanted))
    machine.process()
    for (const frame of machine.frames)
        for (const { command, data } of packetsOf(frame))
            if (command === GET && data.subarray(0, wanted.length).equals(wanted)) return data.subarray(wanted.length)
    return undefined
}

/** Has the value written to flash. */
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
    const endAt = FRAME_HEADER_BYTES + frame[2]!
    for (let at = FRAME_HEADER_BYTES; at < endAt; ) {
        const dataAt = at + PACKET_HEADER_BYTES
        const dataEndAt = dataAt + frame[at]!
        yield { command: frame.readUInt16LE(at + 2), data: frame.subarray(dataAt, dataEndAt) }
        at = (dataEndAt + 3) & ~3
    }
}

/** jd_crc16 of jacdac-c `source/jd_util.c`: polynomial 0x1021, from 0xffff. */
export function crc16(bytes: Buffer): number {
    let crc = 0xffff
    for (const byte of bytes) {
        let x = (crc >> 8) ^ byte
        x ^= x >> 4
        crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff
    }
    return crc
}
