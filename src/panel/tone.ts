/** The buzzer: two notes when the air turns poor, and again as a reminder while it is. */
import * as ds from "@devicescript/core"
import { Air, PanelState } from "./panel-state"

/** Jacdac command of the buzzer service: period and time at high level, µs, and duration, ms; u16 each. */
const PLAY_TONE = 0x80
/** Periods of a doorbell's notes, µs: E6 and C6. Short pulses, so that it is softer than the part can be. */
const FIRST_US = 758
const SECOND_US = 956
const PULSE_DIVISOR = 8
const NOTE_MS = 180
const PAUSE_MS = 40
const MINUTE_MS = 60 * 1000
const NEVER_MS = 1e12

const buzzer = new ds.Buzzer()
buzzer._onPacket = undefined
/** uptime from which a tone is due once the air is poor */
let dueMs = 0

/**
 * Plays the tone if it is due. It is due again only after the air was good: around the threshold it would sound each
 * time otherwise. One that falls into the quiet hours sounds when they end, if the air is still poor.
 */
export async function soundTone(state: PanelState): Promise<void> {
    const air = state.air()
    if (air === Air.Good) dueMs = 0
    const { tone, toneRepeatMin, quietFromH, quietToH } = state.settings
    if (air !== Air.Poor || !tone || ds.millis() < dueMs || state.isBetween(quietFromH, quietToH)) return
    dueMs = toneRepeatMin === 0 ? NEVER_MS : ds.millis() + toneRepeatMin * MINUTE_MS
    await play(FIRST_US)
    await ds.sleep(NOTE_MS + PAUSE_MS)
    await play(SECOND_US)
}

/** No tone until the air has been good. */
export function muteTone() {
    dueMs = NEVER_MS
}

/** True if there will be no tone until the air has been good. */
export function isMuted(): boolean {
    return dueMs === NEVER_MS
}

/** True if the board has a buzzer. */
export function hasBuzzer(): boolean {
    return buzzer.isBound
}

async function play(periodUs: number) {
    if (!buzzer.isBound) return
    const payload = Buffer.alloc(6)
    payload.setAt(0, "u16", periodUs)
    payload.setAt(2, "u16", periodUs / PULSE_DIVISOR)
    payload.setAt(4, "u16", NOTE_MS)
    await buzzer.sendCommand(PLAY_TONE, payload)
}
