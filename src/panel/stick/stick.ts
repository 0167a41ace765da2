/** The pictures of the StickC Plus, 240 × 135 px, and its two buttons. */
import { bootId } from "../../boot/boot"
import { FIRMWARE_VERSION } from "../../config"
import { textWidth } from "../font/font"
import { TEXT } from "../font/text"
import { forgetPicture, icon, label } from "../screen/canvas"
import { BLACK, CALM, POOR_COLOR, WHITE } from "../screen/colors"
import { drawHour } from "../screen/curves"
import { firstPicture, pictureDetail } from "../screen/first-minutes"
import { useSt7789v } from "../screen/lcd"
import { airText, drawClimate, drawLine, drawNumber, fieldColor } from "../screen/now"
import { firstAnchor } from "../screen/pages"
import { notePress } from "../screen/screen-loop"
import { signalDbm, state, wayState } from "../screen/screen-state"
import { drawStatusBar } from "../screen/status-bar"
import { estimateMark, Picture, pictureText, pictureTitle, say, Way, wayAdvice, wayText } from "../screen/words"
import { muteTone } from "../tone"
import {
    LINES,
    placeFoot,
    placeLine,
    placePictureText,
    placePictureTitle,
    placeWord,
    TEXT_WIDTH,
    useStickPlaces,
} from "./layout"

/** Button A goes from one to the next, as far as `picture`. */
enum View {
    number,
    hour,
    device,
    picture,
}

const BUTTON_A = 0

let view: View = View.number
/** what is on the screen */
let shown = -1

/** The screen is the small one: to be called before the panel begins. */
export function useStickScreen() {
    useSt7789v()
    useStickPlaces()
}

/** @param button 0 A, 1 B. @param held true for a long press: of A, it recalibrates (`button.ts`) */
export function onPress(button: number, held: boolean) {
    if (held) return
    if (button === BUTTON_A) view = view + 1 >= View.picture ? View.number : view + 1
    else muteTone()
    notePress()
}

/** Draws what has changed: `screen/screen-loop.ts`. */
export async function drawStick(isLeft: boolean): Promise<void> {
    if (isLeft) view = View.number
    const picture = view === View.number ? firstPicture() : undefined
    const show = picture === undefined ? view : View.picture + picture
    const isNew = show !== shown
    if (isNew) forgetPicture()
    shown = show
    if (picture !== undefined) await drawPicture(picture, isNew)
    else if (view === View.hour) await drawLastHour()
    else if (view === View.device) await drawDevice()
    else await drawNow()
}

async function drawNow(): Promise<void> {
    await drawStatusBar()
    await drawNumber()
    placeFoot()
    await icon(TEXT, 0, fieldColor, fieldColor)
}

async function drawLastHour(): Promise<void> {
    placeFoot()
    await icon(TEXT, 0, BLACK, BLACK)
    await drawClimate()
    placeWord()
    const mark = state.isEstimate ? ` (${estimateMark()})` : ""
    await label(TEXT, airText() + mark, 10, -1, BLACK, WHITE)
    await drawLine()
    await drawHour()
}

async function drawDevice(): Promise<void> {
    const { server } = state.sources.config
    const way = wayState()
    const lines = [
        server ? `${server.host}:${server.port}` : say("no server", "kein Server"),
        wayText(way),
        way > Way.works ? wayAdvice(way) : `Wi-Fi: ${signalDbm ?? "–"} dBm`,
        say("Readings waiting", "Werte warten") + `: ${state.waiting()}`,
        `airpin ${FIRMWARE_VERSION}, boot ${bootId(state.sources.boot)}`,
        say("Calibrate: hold A outdoors", "Abgleich: A draußen halten"),
    ]
    placeFoot()
    await icon(TEXT, 0, BLACK, BLACK)
    for (let i = 0; i < LINES; i++) {
        placeLine(i)
        await label(TEXT, lines[i], 6, 1, BLACK, WHITE)
    }
}

/** @param opened true if another picture was on the screen */
async function drawPicture(picture: Picture, opened: boolean): Promise<void> {
    const asks = picture === Picture.noSettings || picture === Picture.noWifi || picture === Picture.refused
    const color = asks || picture === Picture.noSensor ? POOR_COLOR : CALM
    placeFoot()
    await icon(TEXT, 0, BLACK, BLACK)
    await drawStatusBar()
    placePictureTitle()
    await label(TEXT, pictureTitle(picture), 6, 3, color, WHITE)
    let detail = pictureDetail(picture)
    if (picture === Picture.noSensor) detail = say("the Grove port", "den Grove-Port")
    if (picture === Picture.refused) detail = await firstAnchor(opened)
    placePictureText()
    await label(TEXT, wrapped(pictureText(picture, detail)), 6, 1, BLACK, WHITE)
}

/** A text with the line breaks of this screen. */
function wrapped(text: string): string {
    const words = text.split("\n").join(" ").split(" ")
    let line = words[0]
    const lines: string[] = []
    for (let i = 1; i < words.length; i++) {
        const longer = `${line} ${words[i]}`
        if (textWidth(TEXT, longer) <= TEXT_WIDTH) line = longer
        else {
            lines.push(line)
            line = words[i]
        }
    }
    lines.push(line)
    return lines.join("\n")
}
