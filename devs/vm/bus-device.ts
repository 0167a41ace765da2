/** Another device on the runtime's Jacdac bus, with one service that the simulator's runtime lacks. */
import { deviceOf, frameOf, isCommand, type Packet, packetsOf } from "./jacdac-frames.ts"
import type { Machine } from "./machine.ts"

const ANNOUNCE_EVERY_MS = 500
const CONTROL_SERVICE = 0
const SERVICE = 1
/** Flag of an announcement: it responds to commands without a request for an ack. */
const ANNOUNCE_FLAGS = 0x0100

export abstract class BusDevice {
    readonly #id: Buffer
    readonly #serviceClass: number
    #announcedAtMs = -Infinity

    /**
     * @param id 16 hex digits
     * @param serviceClass of its service, as the Jacdac catalogue numbers it
     */
    constructor(id: string, serviceClass: number) {
        this.#id = Buffer.from(id, "hex")
        this.#serviceClass = serviceClass
    }

    /** To be called after each round of the machine. */
    round(machine: Machine, nowMs: number): void {
        if (nowMs - this.#announcedAtMs >= ANNOUNCE_EVERY_MS) {
            this.#announcedAtMs = nowMs
            this.#announce(machine)
        }
        for (const frame of machine.frames)
            if (isCommand(frame) && deviceOf(frame).equals(this.#id))
                for (const packet of packetsOf(frame))
                    if (packet.service === SERVICE) this.handle(packet, machine, nowMs)
    }

    #announce(machine: Machine): void {
        const services = Buffer.alloc(8)
        services.writeUInt32LE(ANNOUNCE_FLAGS | 1, 0)
        services.writeUInt32LE(this.#serviceClass, 4)
        machine.receive(frameOf(this.#id, 0, { service: CONTROL_SERVICE, command: 0, data: services }))
    }

    /** Does what a command to the service asks for. */
    protected abstract handle(packet: Packet, machine: Machine, nowMs: number): void

    /** Sends a report of the service. */
    protected report(machine: Machine, command: number, data: Buffer): void {
        machine.receive(frameOf(this.#id, 0, { service: SERVICE, command, data }))
    }
}
