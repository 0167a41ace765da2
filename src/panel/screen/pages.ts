/** Pages of text: connection, device, calibration, and the pictures of the first minutes. */
import { bootId } from "../../boot/boot"
import { FIRMWARE_VERSION } from "../../config"
import { uptimeS } from "../../fiber"
import { recalibrateAll } from "../../sensors/sensor"
import { HEADING } from "../font/heading"
import { WIFI_OFF } from "../font/icons"
import { PICTURES } from "../font/pictures"
import { TEXT } from "../font/text"
import { readPinned } from "../panel-settings"
import { icon, label } from "./canvas"
import { BLACK, CALM, POOR_COLOR, WHITE } from "./colors"
import { PAGE_LINES, Place, place, placeLine } from "./layout"
import { signalDbm, state, wayState } from "./screen-state"
import { calibrationText, Picture, pictureText, pictureTitle, say, wayAdvice, wayText } from "./words"

/** CO2 outdoors, ppm: global mean of 2025 (NOAA GML, "Trends in CO2"). */
const FRESH_AIR_PPM = 425

/** "2035-06" at the end of an anchor's name */
const END_LENGTH = 7

async function drawPage(title: string, text: string): Promise<void> {
    const lines = text.split("\n")
    place(Place.title)
    await label(HEADING, title, 10, 3, BLACK, WHITE)
    for (let i = 0; i < PAGE_LINES; i++) {
        placeLine(i)
        await label(TEXT, i < lines.length ? lines[i] : "", 10, 1, BLACK, WHITE)
    }
}

/** The anchors, the end of each first; read when they are shown, so that they are not on the heap all the time. */
let anchors: string

async function readAnchors(): Promise<void> {
    const pinned = await readPinned()
    anchors = pinned ? "" : `\n${say("not known", "nicht bekannt")}`
    if (!pinned) return
    for (const entry of pinned.split(",")) {
        const endAt = entry.length - END_LENGTH
        anchors += `\n${entry.slice(endAt)} ${entry.slice(0, endAt - 1)}`
    }
}

/** "2035-06 ISRG Root X1". @param opened true if another picture was on the screen */
export async function firstAnchor(opened: boolean): Promise<string> {
    if (opened) await readAnchors()
    return anchors.split("\n")[1]
}

/** @param opened true if another picture was on the screen */
export async function drawConnection(opened: boolean): Promise<void> {
    if (opened) await readAnchors()
    const { server } = state.sources.config
    const way = wayState()
    const address = server ? `${server.host}:${server.port}` : ""
    const trusted = say("By the last full image, trusted until", "Laut letztem vollem Image vertraut bis")
    await drawPage(
        say("Connection", "Verbindung"),
        `${address}\n${wayText(way)}\n${wayAdvice(way)}\n${trusted}${anchors}`,
    )
}

export async function drawDevice(): Promise<void> {
    anchors = undefined
    const { outbox, uplink, boot } = state.sources
    const minutes = Math.floor(uptimeS() / 60)
    const names = say(
        "Running|Readings waiting|Readings lost|Wi-Fi, dBm|Handshakes|Handshakes failed",
        "Läuft|Werte warten|Werte verloren|WLAN, dBm|Handshakes|Handshakes gescheitert",
    ).split("|")
    const values: (number | string)[] = [
        `${Math.floor(minutes / 60)} h ${minutes % 60} min`,
        state.waiting(),
        outbox.lost(),
        signalDbm ?? "–",
    ]
    if (uplink) values.push(uplink.connectionState.handshakes, uplink.connectionState.handshakeFailures)
    let text = `airpin ${FIRMWARE_VERSION}, boot ${bootId(boot)}`
    for (let i = 0; i < values.length; i++) text += `\n${names[i]}: ${values[i]}`
    await drawPage(say("Device", "Gerät"), text + say("\nLanguage: English", "\nSprache: Deutsch"))
}

/** 0: explained, 1: asked for confirmation, 2: begun */
let step = 0

/** To be called when the page is left: a question that was not answered is withdrawn. */
export function leaveCalibration() {
    if (step === 1) step = 0
}

/** Button B on the page of the calibration: hold it, then press it. */
export function confirmCalibration(held: boolean) {
    if (step === 1 && !held) step = recalibrateAll(state.sources.sensors, FRESH_AIR_PPM) > 0 ? 2 : 3
    else if (held) step = 1
}

export async function drawCalibration(): Promise<void> {
    let text = calibrationText(step)
    if (step === 2)
        for (const sensor of state.sources.sensors)
            if (sensor.wasFound) text += resultText(sensor.name, sensor.recalibrationLeftS(), sensor.recalibrated)
    await drawPage(say("Calibrate CO₂", "CO₂ abgleichen"), text)
}

function resultText(name: string, leftS: number, result: number | string): string {
    if (leftS !== undefined) return `\n${name}: ${say("waiting for steady air", "wartet auf ruhige Luft")}, ${leftS} s`
    if (result === undefined) return ""
    const word =
        result === "refused" ? say("refused, air not steady", "abgelehnt, Luft unruhig") : say("done", "fertig")
    return `\n${name}: ${word}${typeof result === "number" ? `, ${result} ppm` : ""}`
}

/** Icon of each picture, from the code point of the first. */
const pictureIcons = hex`11 05 03 00 12 06 11 08`

/** @param opened true if another picture was on the screen. @param detail as of `pictureText` */
export async function drawPicture(picture: Picture, opened: boolean, detail: string): Promise<void> {
    if (picture === Picture.refused) detail = await firstAnchor(opened)
    const color = picture & 1 ? POOR_COLOR : CALM
    place(Place.pictureIcon)
    await icon(PICTURES, WIFI_OFF + pictureIcons[picture], color, WHITE)
    place(Place.pictureTitle)
    await label(HEADING, pictureTitle(picture), 10, 3, color, WHITE)
    place(Place.pictureText)
    await label(TEXT, pictureText(picture, detail), 10, 8, BLACK, WHITE)
}
