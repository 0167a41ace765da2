/** Frames of the Jacdac bus, which the runtime speaks inside and outside the chip: jacdac-c `inc/jd_physical.h`. */

export const FRAME_IS_COMMAND = 0x01
export const FRAME_IS_MULTICAST = 0x04

const FLAGS_AT = 3
const DEVICE_AT = 4
const DEVICE_BYTES = 8
const FRAME_HEADER_BYTES = 12
const PACKET_HEADER_BYTES = 4

const CONTROL_SERVICE = 0
const ANNOUNCE = 0

export interface Packet {
    /** index of the service on its device; 0 is the control service */
    service: number
    command: number
    data: Buffer
}

/** A frame with one packet. @param device 8 bytes: the device's id, or for a multicast the class of a service first */
export function frameOf(device: Uint8Array, flags: number, { service, command, data }: Packet): Buffer {
    const packetBytes = (PACKET_HEADER_BYTES + data.length + 3) & ~3
    const frame = Buffer.alloc(FRAME_HEADER_BYTES + packetBytes)
    frame.set([packetBytes, flags], 2)
    frame.set(device, DEVICE_AT)
    frame.set([data.length, service], FRAME_HEADER_BYTES)
    frame.writeUInt16LE(command, FRAME_HEADER_BYTES + 2)
    data.copy(frame, FRAME_HEADER_BYTES + PACKET_HEADER_BYTES)
    frame.writeUInt16LE(crc16(frame.subarray(2)), 0)
    return frame
}

export function* packetsOf(frame: Buffer): Generator<Packet> {
    const endAt = FRAME_HEADER_BYTES + frame.readUInt8(2)
    for (let at = FRAME_HEADER_BYTES; at < endAt; ) {
        const dataAt = at + PACKET_HEADER_BYTES
        const dataEndAt = dataAt + frame.readUInt8(at)
        const data = frame.subarray(dataAt, dataEndAt)
        yield { service: frame.readUInt8(at + 1), command: frame.readUInt16LE(at + 2), data }
        at = (dataEndAt + 3) & ~3
    }
}

export const isCommand = (frame: Buffer): boolean => (frame.readUInt8(FLAGS_AT) & FRAME_IS_COMMAND) !== 0

/** True for the list of its services that a device sends twice a second (jacdac-c `jd_control.c`). */
export function isAnnouncement(frame: Buffer): boolean {
    if (isCommand(frame)) return false
    for (const { service, command } of packetsOf(frame))
        if (service !== CONTROL_SERVICE || command !== ANNOUNCE) return false
    return true
}

/** Id of the device that a command is for, or that a report is from. */
export const deviceOf = (frame: Buffer): Buffer => frame.subarray(DEVICE_AT, DEVICE_AT + DEVICE_BYTES)

/** jd_crc16 of jacdac-c `source/jd_util.c`: polynomial 0x1021, initial value 0xffff. */
function crc16(bytes: Buffer): number {
    let crc = 0xffff
    for (const byte of bytes) {
        let x = (crc >> 8) ^ byte
        x ^= x >> 4
        crc = ((crc << 8) ^ (x << 12) ^ (x << 5) ^ x) & 0xffff
    }
    return crc
}
