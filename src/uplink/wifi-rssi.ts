/** The strength of the Wi-Fi signal, as the chip's own Wi-Fi service has it. */
import * as ds from "@devicescript/core"
import { requestReport } from "../service"

const wifi = new ds.Wifi()
wifi._onPacket = undefined
/** Get of register `reading`: i8, dBm (Jacdac, service Wi-Fi). */
const GET_READING = 0x1101
const NOT_CONNECTED = -128

/** dBm; undefined while there is none, or nobody who knows. */
export async function wifiRssiDbm(): Promise<number> {
    if (!wifi.isBound) return undefined
    const packet = await requestReport(wifi, async () => await wifi.sendCommand(GET_READING))
    if (!packet || packet.serviceCommand !== GET_READING) return undefined
    const dbm = packet.payload.getAt(0, "i8")
    return dbm === NOT_CONNECTED ? undefined : dbm
}
