/** Reads the Wi-Fi signal strength from the chip's Wi-Fi service. */
import * as ds from "@devicescript/core"
import { requestReport } from "../service"

const wifi = new ds.Wifi()
wifi._onPacket = undefined
/** Jacdac command: get register `reading` of the Wi-Fi service, an i8 in dBm. */
const GET_READING = 0x1101
const NOT_CONNECTED = -128

/** False on a chip without the service, as the simulator's. */
export function hasWifiService(): boolean {
    return wifi.isBound
}

/** true while a fiber waits for the response: two at once would take each other's */
let asking = false
let lastDbm: number

/** RSSI in dBm; undefined while not connected, or if the service is absent or does not respond. */
export async function wifiRssiDbm(): Promise<number> {
    if (asking || !wifi.isBound) return lastDbm
    asking = true
    try {
        const packet = await requestReport(wifi, async () => await wifi.sendCommand(GET_READING))
        lastDbm = packet && packet.serviceCommand === GET_READING ? packet.payload.getAt(0, "i8") : NOT_CONNECTED
    } finally {
        asking = false
    }
    if (lastDbm === NOT_CONNECTED) lastDbm = undefined
    return lastDbm
}
