/** The screen: which picture it shows, what the buttons do, and when it is dark. */
import * as ds from "@devicescript/core"
import { keepRunning, uptimeS } from "../../fiber"
import { PanelSettings } from "../panel-settings"
import { Air } from "../panel-state"
import { muteTone } from "../tone"
import { recordCo2 } from "./air-history"
import { beginPicture, forgetPicture } from "./canvas"
import { drawDay } from "./curves"
import { setBacklight, startLcd } from "./lcd"
import { drawNow } from "./now"
import { confirmCalibration, drawCalibration, drawConnection, drawDevice, drawPicture, leaveCalibration } from "./pages"
import { askSignal, signalDbm, state, wayState } from "./screen-state"
import { drawStatusBar } from "./status-bar"
import { drawTestCard } from "./test-card"
import { Picture, setLanguage, Way } from "./words"

const POLL_MS = 500
/** Without a press, the picture of the air comes back; in a dark night the screen stays lit so long after one. */
const RETURN_MS = 60 * 1000
const LIT_MS = 30 * 1000

/** Button A goes from one to the next, as far as `testCard`. */
enum View {
    now,
    day,
    connection,
    device,
    calibration,
    testCard,
    pictures,
}

const BUTTON_A = 0
const BUTTON_C = 2

let view: View = View.now
/** what is on the screen */
let shown = -1
let pressedMs = -RETURN_MS
/** uptime of the newest value in the history */
let recordedMs = 0
let resting: ds.Fiber

/** Starts the screen's fiber. */
export function runScreen(settings: PanelSettings) {
    setLanguage(settings.language)
    keepRunning("screen", async () => {
        await startLcd(settings.upsideDown, settings.screenBgr, settings.screenInvert)
        shown = -1
        while (true) {
            await refresh(settings)
            resting = ds.Fiber.self()
            await ds.suspend(POLL_MS)
            resting = undefined
        }
    })
}

/** @param button 0 A, 1 B, 2 C. @param held true for a long press, which is not a short one too */
export function onPress(button: number, held: boolean) {
    pressedMs = ds.millis()
    if (button === BUTTON_A || button === BUTTON_C) {
        leaveCalibration()
        if (button === BUTTON_C) view = held ? View.testCard : View.now
        else view = view + 1 >= View.testCard ? View.now : view + 1
    } else if (view === View.calibration) confirmCalibration(held)
    else muteTone()
    if (resting && resting.suspended) resting.resume(true)
}

async function refresh(settings: PanelSettings): Promise<void> {
    await askSignal()
    recordNewest()
    const quietMs = ds.millis() - pressedMs
    if (quietMs > RETURN_MS || !state) view = View.now
    const picture = view === View.now ? firstPicture() : undefined
    const show = picture === undefined ? view : View.pictures + picture
    const isNew = show !== shown
    if (isNew) forgetPicture()
    beginPicture()
    if (show !== View.testCard) await drawStatusBar()
    if (picture !== undefined) await drawPicture(picture, isNew, pictureDetail(picture))
    else await drawView(isNew)
    shown = show
    const { nightFromH, nightToH, nightLight } = settings
    setBacklight(quietMs < LIT_MS || nightLight > 0 || !state || !state.isBetween(nightFromH, nightToH))
}

/** Sensors measure every 2 s at most, so none is missed. */
function recordNewest() {
    if (!state || state.co2Ppm === undefined || state.co2Ms === recordedMs) return
    recordedMs = state.co2Ms
    recordCo2(state.co2Ppm)
}

async function drawView(isNew: boolean): Promise<void> {
    switch (view) {
        case View.day:
            return await drawDay()
        case View.connection:
            return await drawConnection(isNew)
        case View.device:
            return await drawDevice()
        case View.calibration:
            return await drawCalibration()
        case View.testCard:
            return await drawTestCard()
        default:
            return await drawNow()
    }
}

/** Time for the Wi-Fi to be joined, and for a sensor to be found; after that a person may have to do something. */
const JOIN_S = 60
const FIND_S = 8
/** If both the way to the server and the sensor have a problem, each is shown so long. */
const TURN_S = 6

/** The picture before the first value; undefined after it. */
function firstPicture(): Picture {
    if (!state) return signalDbm === undefined ? Picture.joining : Picture.starting
    if (state.co2Ppm !== undefined) return undefined
    const problem = wayPicture()
    const isMissing = state.air() === Air.NoSensor && uptimeS() >= FIND_S
    if (isMissing && (problem === undefined || uptimeS() % (2 * TURN_S) >= TURN_S)) return Picture.noSensor
    if (problem !== undefined) return problem
    if (state.air() === Air.Warming) return Picture.warming
    if (signalDbm === undefined) return Picture.joining
    return state.sources.uplink.connectionState.state === "connecting" ? Picture.connecting : Picture.starting
}

function wayPicture(): Picture {
    const way = wayState()
    if (way === Way.unconfigured) return Picture.noSettings
    if (way === Way.refused) return Picture.refused
    return (way === Way.noWifi || signalDbm === undefined) && uptimeS() >= JOIN_S ? Picture.noWifi : undefined
}

function pictureDetail(picture: Picture): string {
    if (picture === Picture.warming) return "" + state.warmUpS()
    return picture === Picture.connecting ? state.sources.config.server.host : ""
}
