/**
 * The chip's Wi-Fi service, which the simulator's runtime lacks: a device on
 * its bus that announces itself and reports the signal strength.
 * Service Wi-Fi: class 0x18aae1fa, register `reading` 0x101.
 */
import { BusDevice } from "./bus-device.ts"
import type { Packet } from "./jacdac-frames.ts"
import type { Machine } from "./machine.ts"

const DEVICE_ID = "a1b2c3d4e5f60718"
const WIFI_CLASS = 0x18aae1fa
const GET_READING = 0x1101

export class WifiService extends BusDevice {
    /** dBm; undefined: it does not respond */
    signalDbm: number | undefined = -128
    /** number of requests */
    asked = 0

    constructor() {
        super(DEVICE_ID, WIFI_CLASS)
    }

    protected override handle({ command }: Packet, machine: Machine): void {
        if (command !== GET_READING) return
        this.asked++
        if (this.signalDbm !== undefined) this.report(machine, command, Buffer.from([this.signalDbm & 0xff]))
    }
}
