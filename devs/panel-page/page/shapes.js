/**
 * How each board looks from the front, in millimetres. Bodies by "product size" of the makers' pages: M5Stack Core, Fire,
 * Core2 and CoreS3 54 × 54, StickC Plus 48.2 × 25.5, ATOM Lite and AtomS3 Lite 24 × 24, XIAO 21 × 17.8; ESP32-DevKitC V4
 * by Espressif's drawing. Screens by their active area. All other details by eye.
 *
 * @typedef {{x: number, y: number, width: number, height: number, rx?: number}} Box
 * @typedef {Box & {look: string}} Part
 * @typedef {Box & {pin: string, name: string, side?: boolean, plain?: boolean}} Button pin: its label in the board file;
 *     plain: its name is not written on it
 * @typedef {Box & {color?: [red: number, green: number, blue: number]}} Light color: of a LED that has only one
 * @typedef {{x: number, y: number, text: string, size: number, look?: string}} Mark
 * @typedef {object} Shape
 * @property {number} width
 * @property {number} height
 * @property {Part[]} parts
 * @property {Box=} screen visible part
 * @property {Button[]} buttons
 * @property {Light=} light
 * @property {Mark[]} marks
 */

const CORE_BODY = { x: 0, y: 0, width: 54, height: 54, rx: 3.5, look: "body" }
const CORE_GLASS = { x: 2, y: 2, width: 50, height: 41.5, rx: 2, look: "glass" }
/** 2.0 inches, 4 : 3 */
const CORE_SCREEN = { x: 6.7, y: 5.6, width: 40.6, height: 30.45 }
/** Port A and USB on the left side */
const CORE_SOCKETS = [
    { x: -1.6, y: 30, width: 1.8, height: 9.5, rx: 0.5, look: "port" },
    { x: -1.1, y: 16, width: 1.3, height: 9, rx: 0.5, look: "metal" },
]

/** @type {Shape} */
const core = {
    width: 54,
    height: 54,
    parts: [...CORE_SOCKETS, CORE_BODY, CORE_GLASS],
    screen: CORE_SCREEN,
    buttons: [
        { x: 7.5, y: 45.6, width: 10, height: 5.4, rx: 1.2, pin: "BTNA", name: "A" },
        { x: 22, y: 45.6, width: 10, height: 5.4, rx: 1.2, pin: "BTNB", name: "B" },
        { x: 36.5, y: 45.6, width: 10, height: 5.4, rx: 1.2, pin: "BTNC", name: "C" },
    ],
    marks: [{ x: 27, y: 41, text: "M5STACK", size: 2 }],
}

/** Glass down to the lower edge; its touch areas are not driven, so nothing here can be pressed. @type {Shape} */
const touchCore = {
    ...core,
    buttons: [],
    parts: [...CORE_SOCKETS, CORE_BODY, { ...CORE_GLASS, height: 50 }],
}

/** LEDs on both sides of the base, below the body. */
const FIRE_BAR = { y: 12, width: 1.8, height: 30, rx: 0.6, look: "bar" }

/** A square body with its light below a button. @returns {Shape} */
function atom(text) {
    return {
        width: 24,
        height: 24,
        parts: [
            { x: 6, y: 23.4, width: 12, height: 2.2, rx: 0.5, look: "port" },
            { x: 0, y: 0, width: 24, height: 24, rx: 2.5, look: "body" },
            { x: 1.2, y: 1.2, width: 21.6, height: 21.6, rx: 1.8, look: "shell" },
        ],
        buttons: [{ x: 5, y: 6, width: 14, height: 12, rx: 1.5, pin: "BTNA", name: "A", plain: true }],
        light: { x: 10.2, y: 10.2, width: 3.6, height: 3.6, rx: 0.6 },
        marks: [{ x: 12, y: 4.4, text, size: 2.1 }],
    }
}

/** A row of 19 pins, 2.54 mm apart, from the top of a DevKitC to its bottom. @param {number} x @returns {Part[]} */
function pinRow(x) {
    return Array.from({ length: 19 }, (_, at) => ({
        x,
        y: 3.59 + 2.54 * at,
        width: 1.5,
        height: 1.5,
        rx: 0.75,
        look: "pin",
    }))
}

/** By board id. @type {Record<string, Shape>} */
export const shapes = {
    m5stack_core: core,
    m5stack_fire: {
        ...core,
        parts: [{ ...FIRE_BAR, x: -1.2 }, { ...FIRE_BAR, x: 53.4 }, ...CORE_SOCKETS, CORE_BODY, CORE_GLASS],
        light: { x: 54, y: 13, width: 1.2, height: 5, rx: 0.6 },
    },
    m5stack_core2: {
        ...touchCore,
        marks: [...core.marks, ...[12.5, 27, 41.5].map(x => ({ x, y: 49.5, text: "○", size: 5, look: "touch" }))],
    },
    /** a camera and a proximity sensor below the screen, where the Core2 has its circles */
    m5stack_cores3: {
        ...touchCore,
        parts: [
            ...touchCore.parts,
            { x: 25.3, y: 45, width: 3.4, height: 3.4, rx: 1.7, look: "lens" },
            { x: 33, y: 45.9, width: 2.6, height: 1.6, rx: 0.4, look: "lens" },
        ],
    },
    m5stick_c_plus: {
        width: 25.5,
        height: 48.2,
        parts: [
            { x: 2.5, y: 47.6, width: 10, height: 2.2, rx: 0.5, look: "port" },
            { x: 14, y: 47.6, width: 9, height: 1.6, rx: 0.5, look: "metal" },
            { x: 0, y: 0, width: 25.5, height: 48.2, rx: 3, look: "orange" },
            { x: 2, y: 3.8, width: 21.5, height: 29.6, rx: 1, look: "glass" },
        ],
        /** 1.14 inches, 135 × 240 pixels of 0.1101 × 0.1038 */
        screen: { x: 5.32, y: 6.1, width: 14.86, height: 24.91 },
        buttons: [
            { x: 5.5, y: 36.4, width: 14.5, height: 8, rx: 1.2, pin: "BTNA", name: "A" },
            { x: 25, y: 21, width: 2, height: 7, rx: 0.6, pin: "BTNB", name: "B", side: true },
        ],
        marks: [{ x: 12.75, y: 2.9, text: "M5StickC Plus", size: 1.7 }],
    },
    m5atom_lite: atom("ATOM Lite"),
    m5atom_s3_lite: atom("AtomS3 Lite"),
    esp32_devkit: {
        width: 27.9,
        height: 54.4,
        parts: [
            { x: 0, y: 0, width: 27.9, height: 54.4, rx: 0.8, look: "board" },
            ...pinRow(0.5),
            ...pinRow(25.9),
            { x: 5, y: 0.8, width: 18, height: 6, look: "antenna" },
            { x: 5, y: 6.6, width: 18, height: 19, rx: 0.5, look: "metal" },
            { x: 10, y: 49.4, width: 8, height: 5.6, rx: 0.5, look: "metal" },
            { x: 19.8, y: 47, width: 4, height: 4, rx: 0.4, look: "key" },
        ],
        buttons: [{ x: 4.2, y: 46.6, width: 4.6, height: 4.6, rx: 0.5, pin: "BOOT", name: "BOOT", plain: true }],
        /** blue on the boards that have it */
        light: { x: 19.5, y: 29, width: 1.6, height: 1, rx: 0.2, color: [70, 120, 255] },
        marks: [
            { x: 14, y: 17, text: "ESP32", size: 3 },
            { x: 21.8, y: 53.4, text: "EN", size: 1.6, look: "print" },
            { x: 6.5, y: 53.4, text: "BOOT", size: 1.6, look: "print" },
        ],
    },
    xiao_esp32c3: {
        width: 17.8,
        height: 21,
        parts: [
            { x: 0, y: 0, width: 17.8, height: 21, rx: 1.5, look: "board" },
            { x: 4.4, y: -1.2, width: 9, height: 7.2, rx: 1.4, look: "metal" },
            { x: 3.2, y: 9, width: 11.4, height: 9, rx: 0.6, look: "metal" },
        ],
        buttons: [{ x: 14, y: 6, width: 2.6, height: 2.6, rx: 0.4, pin: "D9", name: "BOOT", plain: true }],
        marks: [
            { x: 8.9, y: 14.4, text: "XIAO", size: 2.2 },
            { x: 15.3, y: 5.2, text: "B", size: 1.6, look: "print" },
        ],
    },
}

/** The shape lying on its side, its lower end to the right, as its screen is wider than high. @param {Shape} shape @returns {Shape} */
export function lying(shape) {
    const turn = ({ x, y, width, height, ...rest }) => ({
        ...rest,
        x: y,
        y: shape.width - x - width,
        width: height,
        height: width,
    })
    return {
        ...shape,
        width: shape.height,
        height: shape.width,
        parts: shape.parts.map(turn),
        screen: shape.screen && turn(shape.screen),
        buttons: shape.buttons.map(turn),
        light: shape.light && turn(shape.light),
        marks: [],
    }
}
