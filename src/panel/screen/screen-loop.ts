/** The screen's fiber: draws what has changed, and switches the backlight. */
import * as ds from "@devicescript/core"
import { keepRunning } from "../../fiber"
import { PanelSettings } from "../panel-settings"
import { forgetCo2, recordCo2 } from "./air-history"
import { beginPicture, forgetPicture } from "./canvas"
import { setBacklight, startLcd } from "./lcd"
import { askSignal, state } from "./screen-state"
import { setLanguage } from "./words"

const POLL_MS = 1000
/** Without a press, the picture of the air comes back; in a dark night the screen stays lit so long after one. */
const RETURN_MS = 60 * 1000
const LIT_MS = 30 * 1000

let pressedMs = -RETURN_MS
/** uptime of the newest value in the history */
let recordedMs = 0
/** true while the history is one of estimates */
let recordsEstimates = false
let resting: ds.Fiber

/** Draws what has changed. @param isLeft true if nobody has pressed a button for a while, or there is nothing to choose */
export type Draw = (isLeft: boolean) => Promise<void>

/** Starts the screen's fiber. */
export function runLoop(settings: PanelSettings, draw: Draw) {
    setLanguage(settings.language)
    const { nightFromH, nightToH, nightLight } = settings
    keepRunning("screen", async () => {
        await startLcd(settings.upsideDown, settings.screenBgr, settings.screenInvert)
        forgetPicture()
        while (true) {
            await askSignal()
            recordNewest()
            beginPicture()
            await draw(!state || ds.millis() - pressedMs > RETURN_MS)
            const isUsed = ds.millis() - pressedMs < LIT_MS
            setBacklight(isUsed || nightLight > 0 || !state || !state.isBetween(nightFromH, nightToH))
            resting = ds.Fiber.self()
            await ds.suspend(POLL_MS)
            resting = undefined
        }
    })
}

/** Sensors measure every 2 s at most, so none is missed. */
function recordNewest() {
    if (!state || state.co2Ppm === undefined || state.co2Ms === recordedMs) return
    recordedMs = state.co2Ms
    if (state.isEstimate !== recordsEstimates) forgetCo2()
    recordsEstimates = state.isEstimate
    recordCo2(state.co2Ppm)
}

/** A button was pressed: the picture is drawn at once. */
export function notePress() {
    pressedMs = ds.millis()
    if (resting && resting.suspended) resting.resume(true)
}
