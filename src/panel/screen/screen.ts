/** Which picture the screen shows, and what the buttons do. */
import { muteTone } from "../tone"
import { forgetPicture } from "./canvas"
import { drawDay } from "./curves"
import { firstPicture, pictureDetail } from "./first-minutes"
import { drawNow } from "./now"
import { confirmCalibration, drawCalibration, drawConnection, drawDevice, drawPicture, leaveCalibration } from "./pages"
import { notePress } from "./screen-loop"
import { drawStatusBar } from "./status-bar"
import { drawTestCard } from "./test-card"

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
/** @param button 0 A, 1 B, 2 C. @param held true for a long press, which is not a short one too */
export function onPress(button: number, held: boolean) {
    if (button === BUTTON_A || button === BUTTON_C) {
        leaveCalibration()
        if (button === BUTTON_C) view = held ? View.testCard : View.now
        else view = view + 1 >= View.testCard ? View.now : view + 1
    } else if (view === View.calibration) confirmCalibration(held)
    else muteTone()
    notePress()
}

/** Draws what has changed: `screen-loop.ts`. */
export async function drawScreen(isLeft: boolean): Promise<void> {
    if (isLeft) view = View.now
    const picture = view === View.now ? firstPicture() : undefined
    const show = picture === undefined ? view : View.pictures + picture
    const isNew = show !== shown
    if (isNew) forgetPicture()
    if (show !== View.testCard) await drawStatusBar()
    if (picture !== undefined) await drawPicture(picture, isNew, pictureDetail(picture))
    else await drawView(isNew)
    shown = show
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
