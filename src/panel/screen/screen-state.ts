/** What the screen needs to know beside the state that it shares with light and tone. */
import * as ds from "@devicescript/core"
import { hasWifiService, wifiRssiDbm } from "../../uplink/wifi-rssi"
import { PanelState } from "../panel-state"
import { Way } from "./words"

/** How often the strength of the Wi-Fi signal is asked for. */
const SIGNAL_EVERY_MS = 5000
/** Taken for granted where the signal is not known, and the connection does not say otherwise. */
const ASSUMED_DBM = -50

/** undefined until all parts of the program exist */
export let state: PanelState
/** of the Wi-Fi; undefined while it is not joined */
export let signalDbm: number
let signalDueMs = 0
let way = Way.untried

export function setState(whole: PanelState) {
    state = whole
}

export async function askSignal(): Promise<void> {
    if (ds.millis() < signalDueMs) return
    signalDueMs = ds.millis() + SIGNAL_EVERY_MS
    if (hasWifiService()) signalDbm = await wifiRssiDbm()
    else signalDbm = !state || wayState() === Way.noWifi ? undefined : ASSUMED_DBM
}

/** States of the uplink in the order of `Way`, from `works`; during an attempt there is none of them. */
const WAYS = "ok unconfigured no-network refused unauthorised rejected no-connection busy broken"

/** The way to the server; during an attempt, by the last one. */
export function wayState(): Way {
    if (!state) return way
    const { uplink } = state.sources
    const index = WAYS.split(" ").indexOf(uplink ? uplink.connectionState.state : "unconfigured")
    if (index >= 0) way = Math.min(Way.works + index, Way.away)
    return way
}

/** @returns 0 good, 1 fair, 2 poor */
export function levelOf(ppm: number): number {
    const { fairPpm, poorPpm } = state.sources.config
    return ppm >= poorPpm ? 2 : ppm >= fairPpm ? 1 : 0
}

/** True if a sensor that has responded does not work any more, or none has responded. */
export function hasSensorProblem(): boolean {
    let found = false
    for (const sensor of state.sources.sensors) {
        if (!sensor.wasFound) continue
        found = true
        if (sensor.state === "failed" || sensor.state === "absent") return true
    }
    return !found
}

/** "12:03": local time `agoMin` minutes ago; undefined while the time is unknown. */
export function timeText(agoMin: number): string {
    const now = state ? state.localMin() : undefined
    if (now === undefined) return undefined
    return twoDigits(Math.floor((now - agoMin) / 60) % 24) + ":" + twoDigits((now - agoMin) % 60)
}

export function twoDigits(value: number): string {
    return ("" + (100 + value)).slice(1)
}
