/**
 * The chip's Wi-Fi service, which the simulator's runtime lacks: a device on
 * its bus that announces itself and reports the signal strength.
 * Frames: jacdac-c `inc/jd_physical.h`; service Wi-Fi: class 0x18aae1fa, register `reading` 0x101.
 */
import type { Machine } from "./machine.ts"
import { crc16 } from "./settings-service.ts"

const DEVICE_ID = Buffer.from("a1b2c3d4e5f60718", "hex")
const WIFI_CLASS = 0x18aae1fa
const SERVICE_INDEX = 1
const GET_READING = 0x1101
const FLAG_COMMAND = 0x01
const ANNOUNCE_EVERY_MS = 500

export class WifiService {
    /** dBm; undefined: it does not respond */
    signalDbm: number | undefined = -128
    /** number of requests */
    asked = 0
    #announcedAtMs = -Infinity

    /** To be called after each round of the machine. */
    round(machine: Machine, nowMs: number): void {
        if (nowMs - this.#announcedAtMs >= ANNOUNCE_EVERY_MS) {
            this.#announcedAtMs = nowMs
            const services = Buffer.alloc(8)
            services.writeUInt32LE(0x0100 | 1, 0)
            services.writeUInt32LE(WIFI_CLASS, 4)
            machine.receive(reportFrame(0, 0, services))
        }
        for (const frame of machine.frames) if (isForUs(frame)) this.#respond(machine, frame)
    }

    #respond(machine: Machine, frame: Buffer): void {
        if (frame[13] !== SERVICE_INDEX || frame.readUInt16LE(14) !== GET_READING) return
        this.asked++
        if (this.signalDbm !== undefined)
            machine.receive(reportFrame(SERVICE_INDEX, GET_READING, Buffer.from([this.signalDbm & 0xff])))
    }
}

const isForUs = (frame: Buffer): boolean =>
    ((frame[3] ?? 0) & FLAG_COMMAND) !== 0 && frame.subarray(4, 12).equals(DEVICE_ID)

function reportFrame(serviceIndex: number, command: number, data: Buffer): Buffer {
    const packetBytes = (4 + data.length + 3) & ~3
    const frame = Buffer.alloc(12 + packetBytes)
    frame.set([packetBytes, 0], 2)
    DEVICE_ID.copy(frame, 4)
    frame.set([data.length, serviceIndex], 12)
    frame.writeUInt16LE(command, 14)
    data.copy(frame, 16)
    frame.writeUInt16LE(crc16(frame.subarray(2)), 0)
    return frame
}
