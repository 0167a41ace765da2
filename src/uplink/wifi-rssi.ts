/** Reads the Wi-Fi signal strength from the chip's Wi-Fi service. */
import * as ds from "@devicescript/core"
import { requestReport } from "../service"

const wifi = new ds.Wifi()
wifi._onPacket = undefined
/** Jacdac command: get register `reading` of the Wi-Fi service, an i8 in dBm. */
const GET_READING = 0x1101
const NOT_CONNECTED = -128

/** RSSI in dBm; undefined while not connected, or if the service is absent or does not respond. */
export async function wifiRssiDbm(): Promise<number> {
    if (!wifi.isBound) return undefined
    const packet = await requestReport(wifi, async () => await wifi.sendCommand(GET_READING))
    if (!packet || packet.serviceCommand !== GET_READING) return undefined
    const dbm = packet.payload.getAt(0, "i8")
    return dbm === NOT_CONNECTED ? undefined : dbm
}
