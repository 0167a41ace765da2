/**
 * The status light: blue or violet flashes to be counted say what keeps readings from the server, then the light shows
 * the air. Each pattern is told from each other without its colour, for a light that has only one: `README.md`.
 */
import * as ds from "@devicescript/core"
import { Air, Link, PanelState } from "./panel-state"

/**
 * Twice the time after which the chip looks at its light (jacdac-c `services/jd_status_light.c`: 65,536 µs). A whole
 * number: the runtime does not sleep for a fraction.
 */
const STEP_MS = 131
/** After 2.1 s without a command the runtime shows a light of its own. */
const MAX_UNCHANGED_STEPS = 7
/** Jacdac command of the control service: three colours, and the speed of the transition; 0: at once. */
const SET_STATUS_LIGHT = 0x84

/** The air for 16 steps, the first in the lowest bit: on; 2.1 s on and off; 0.5 s; one short flash; two of them. */
const airSteps = hex`ffff ff00 0f0f 1000 5000`
const AIR_STEPS = 16
/** Flashes have two steps of light and two of darkness, with four of darkness before the first. */
const FLASH_STEPS = 4

/**
 * Green, red and blue, because the LEDs of these boards take them in this order and the runtime sends them as they come:
 * dark; levels of the air: green, yellow, red; then cyan, violet. Of `Link`: none, blue, blue, violet, white.
 */
const colors = hex`000000 ff0000 a0ff00 00ff00 ff00ff 00ffff 000000 0000ff 0000ff 00ffff ffffff`
const AIR_COLORS = 1
const LINK_COLORS = 6
const COLOR_BYTES = 3
/** A channel's smallest value that the chip still takes for light. */
const MIN_SCALE = 3

const control = new ds.Control("control[int:0]")
control._onPacket = undefined
const payload = Buffer.alloc(4)
let shown = 0
let step = 0

/** Number of steps after which a pattern begins again. */
function patternSteps(link: Link): number {
    return link === Link.Fine ? AIR_STEPS : AIR_STEPS + FLASH_STEPS * (link + 1)
}

/** Index in `colors` at a step of the pattern. */
function colorAt(air: Air, link: Link, at: number): number {
    const place = at % patternSteps(link)
    const airAt = place + AIR_STEPS - patternSteps(link)
    if (airAt < 0) return place >= FLASH_STEPS && place % FLASH_STEPS < 2 ? LINK_COLORS + link : 0
    return (airSteps.getAt(2 * air, "u16") >> airAt) & 1 ? AIR_COLORS + air : 0
}

/** Shows the present state. @returns milliseconds after which to call it again */
export async function showLight(state: PanelState): Promise<number> {
    const link = state.link()
    const air = state.air()
    const pattern = 8 * air + link
    if (pattern !== shown) step = 0
    shown = pattern
    const color = colorAt(air, link, step)
    const scale = Math.pow(state.brightness() / 100, 2) * 255
    for (let i = 0; i < COLOR_BYTES; i++)
        payload[i] = scale === 0 ? 0 : (colors[COLOR_BYTES * color + i] * Math.max(MIN_SCALE, scale)) / 256
    if (control.isBound) await control.sendCommand(SET_STATUS_LIGHT, payload)
    let steps = 1
    while (steps < MAX_UNCHANGED_STEPS && colorAt(air, link, step + steps) === color) steps++
    step = (step + steps) % patternSteps(link)
    return steps * STEP_MS
}
