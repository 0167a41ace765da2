/**
 * The power chip of the Core2, the CoreS3 and the StickC Plus: switches on the screen, its backlight and the 5 V of
 * the sensor port. Registers: X-Powers AXP192 and AXP2101 datasheets, Awinic AW9523B datasheet. Which output supplies
 * what, and the voltages: M5GFX 7614fa3 `M5GFX.cpp`, M5Unified 002b75f `Power_Class.cpp`.
 */
import * as ds from "@devicescript/core"
import { log } from "../../log"
import { boardPin } from "../../pins"
import { clearWires, hasWires, readRegister, writeRegister } from "./wires"

const POWER_CHIP = 0x34
const CHIP_ID = 0x03
const AXP192 = 0x03
const AXP2101 = 0x4a
/** Port expander of the CoreS3. */
const EXPANDER = 0x58
const EXPANDER_ID = 0x10
const AW9523B = 0x23

/*
 * Steps of four bytes: address, register, bits to change, their new value; address 0: a pause of so many ms.
 * The last step lights the screen, and is not done at the start. The chip's own supply (DCDC1) is never touched.
 */
const STEP_BYTES = 4

/**
 * 30, 91, 90: GPIO0 holds N_VBUSEN high, so that the chip does not feed itself from the port's 5 V.
 * 95, 96: GPIO4, open drain, resets the screen. 28: LDO2, the screen, 3.3 V. 27: DCDC3, the backlight, 2.875 V.
 * 12: EXTEN, the port's 5 V, and LDO2 on; LDO3, the motor, and DCDC3 off.
 */
const CORE2_AXP192 = hex`
34308000 3491f0f0 34900702 34958d84 34960200 3428f0f0 34277f57 34124e44 000a0000 34960202
34120202`

/**
 * 97: BLDO2, which switches the port's 5 V, 3.3 V. 84, 80: DCDC3. 96: BLDO1, the backlight, 2.9 V.
 * 90: BLDO2 and ALDO4, the screen, on; the motor, the speaker, the backlight and ALDO2, the screen's reset, off.
 */
const CORE2_AXP2101 = hex`
34971f1c 34847f6a 34961f18 34800404 3490be28 000a0000 34900202
34901010`

/**
 * 02: P0_1, the port's 5 V, on; P0_0 and P0_2, resets of touch screen and amplifier, released. 03: P1_7, the 5 V
 * converter, on; P1_1, the screen's reset, low. 04, 05, 11 to 13: directions, push-pull, no LED drivers.
 * 95: ALDO4, the card's slot on the screen's wires, 3.3 V. 99: DLDO1, the backlight, 2.9 V. 90: ALDO4 on, DLDO1 off.
 */
const CORES3 = hex`
58020707 5803a2a0 5804ff18 5805ff0c 58111010 5812ffff 5813ffff 34951f1c 34991f18 34908808 000a0000 58030202
34908080`

/** 30: VBUS feeds the chip. 28: LDO2, the backlight, 2.8 V; LDO3, the screen, 3.0 V. 12: EXTEN, 5 V, and LDO3 on. */
const STICK = hex`
34308080 3428ffac 34124c48
34120404`

/** How often the whole is tried, at the start only. */
const ATTEMPTS = 3
/** Between two steps; other fibers run meanwhile. */
const STEP_PAUSE_MS = 1

/** of the chip that was found */
let steps: Buffer
let dark = false
/** state of the backlight */
let lit = false

/** Switches on the board's screen and the 5 V of its sensor port; returns at once on a board without power chip. */
export async function powerUp(): Promise<void> {
    if (!hasWires()) return
    let reason: string
    for (let i = 0; i < ATTEMPTS; i++) {
        reason = await takeSteps()
        if (!reason) return log("panel power=on")
    }
    steps = undefined
    dark = true
    log(`panel power=off reason=${reason}`)
}

/** True if the power chip could not be set: the screen stays dark, and the sensor port may have no 5 V. */
export function isDark(): boolean {
    return dark
}

/** Switches the backlight, which is off after `powerUp`. */
export function lightScreen(on: boolean) {
    if (on === lit || !steps) return
    lit = on
    change(steps.length - STEP_BYTES, on ? 0xff : 0)
}

/** @returns what has failed; undefined if nothing has */
async function takeSteps(): Promise<string> {
    if (!clearWires()) return "line-low"
    const id = readRegister(POWER_CHIP, CHIP_ID)
    if (id === undefined) return "no-ack"
    steps = stepsFor(id)
    if (!steps) return `chip-id id=${id}`
    for (let at = 0; at < steps.length - STEP_BYTES; at += STEP_BYTES) {
        if (steps[at] && !change(at, 0xff)) return "no-ack"
        await ds.sleep(steps[at] ? STEP_PAUSE_MS : steps[at + 1])
    }
    return undefined
}

/** By the chip and the pins of the board; undefined for a chip that the board does not have. */
function stepsFor(id: number): Buffer {
    if (boardPin("PMU_IO_INT")) {
        return id === AXP2101 && readRegister(EXPANDER, EXPANDER_ID) === AW9523B ? CORES3 : undefined
    }
    if (boardPin("LCD_RST")) return id === AXP192 ? STICK : undefined
    if (id === AXP192) return CORE2_AXP192
    return id === AXP2101 ? CORE2_AXP2101 : undefined
}

/** Does one step. @param ones bits that may be set */
function change(at: number, ones: number): boolean {
    const old = readRegister(steps[at], steps[at + 1])
    if (old === undefined) return false
    return writeRegister(steps[at], steps[at + 1], (old & ~steps[at + 2]) | (steps[at + 3] & ones))
}
