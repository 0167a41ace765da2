/** The bar at the top: time, and a small icon for each part of the way from the sensor to the server. */
import {
    CERTIFICATE_REFUSED,
    CLOCK_UNKNOWN,
    ESTIMATE,
    ICONS,
    READINGS_WAITING,
    SENSOR_MISSING,
    SERVER_AWAY,
    SERVER_REACHED,
    SPEAKER_MUTED,
    WIFI_OFF,
    WIFI_WEAK,
} from "../font/icons"
import { TEXT } from "../font/text"
import { isMuted } from "../tone"
import { icon, label, paint, put, putGlyph } from "./canvas"
import { ALARM, BLACK, DIM, WARNING, WHITE } from "./colors"
import { Place, place } from "./layout"
import { hasSensorProblem, signalDbm, state, timeText, wayState } from "./screen-state"
import { Way } from "./words"

/** Signals of so many dBm have three bars and two. */
const STRONG_DBM = -60
const FAIR_DBM = -75
const MAX_NUMBER = 999

export async function drawStatusBar(): Promise<void> {
    place(Place.time)
    time = timeText(0)
    await paint(time, BLACK, time === undefined ? DIM : WHITE, drawTime)
    if (state && hasSensorProblem()) await drawIcon(Place.sensor, true, SENSOR_MISSING, ALARM)
    else await drawIcon(Place.sensor, state && state.isEstimate, ESTIMATE, WARNING)
    await drawIcon(Place.mute, isMuted(), SPEAKER_MUTED, DIM)
    const waiting = state ? state.waiting() : 0
    await drawIcon(Place.waitingIcon, waiting > 0, READINGS_WAITING, WARNING)
    place(Place.waiting)
    const text = waiting > MAX_NUMBER ? `${MAX_NUMBER}+` : `${waiting}`
    await label(TEXT, waiting > 0 ? text : "", 2, 3, BLACK, WARNING)
    const way = wayState()
    if (way === Way.works) await drawIcon(Place.server, true, SERVER_REACHED, WHITE)
    else if (way === Way.refused) await drawIcon(Place.server, true, CERTIFICATE_REFUSED, ALARM)
    else await drawIcon(Place.server, way !== Way.untried, SERVER_AWAY, WARNING)
    if (signalDbm === undefined) return await drawIcon(Place.wifi, true, WIFI_OFF, WARNING)
    const bars = signalDbm > STRONG_DBM ? 2 : signalDbm > FAIR_DBM ? 1 : 0
    await drawIcon(Place.wifi, true, WIFI_WEAK + bars, WHITE)
}

let time: string

function drawTime() {
    if (time === undefined) putGlyph(ICONS, CLOCK_UNKNOWN, 8, 3)
    else put(TEXT, time, 8, 3)
}

async function drawIcon(at: Place, isShown: boolean, glyph: number, color: number): Promise<void> {
    place(at)
    await icon(ICONS, isShown ? glyph : 0, BLACK, color)
}
