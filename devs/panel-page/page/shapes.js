/**
 * How each board looks from the front, in millimetres: bodies and screens by the makers' dimension drawings
 * (docs.m5stack.com; Espressif's DevKitC V4), details by eye.
 *
 * @typedef {{x: number, y: number, width: number, height: number, rx?: number}} Box
 * @typedef {Box & {look: string}} Part
 * @typedef {Box & {pin: string, name: string, side?: boolean}} Button pin: its label in the board file
 * @typedef {{x: number, y: number, text: string, size: number, look?: string}} Mark
 * @typedef {object} Shape
 * @property {number} width
 * @property {number} height
 * @property {Part[]} parts
 * @property {Box=} screen visible part
 * @property {Button[]} buttons
 * @property {Box=} light
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

/** @type {Shape} */
const touchCore = {
    ...core,
    buttons: [],
    parts: [...CORE_SOCKETS, CORE_BODY, { ...CORE_GLASS, height: 50 }],
    marks: [...core.marks, ...[12.5, 27, 41.5].map(x => ({ x, y: 49.5, text: "○", size: 5, look: "touch" }))],
}

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
        buttons: [{ x: 5, y: 6, width: 14, height: 12, rx: 1.5, pin: "BTNA", name: "A" }],
        light: { x: 10.2, y: 10.2, width: 3.6, height: 3.6, rx: 0.6 },
        marks: [{ x: 12, y: 4.4, text, size: 2.1 }],
    }
}

const HEADER = { y: 0, width: 2.2, height: 54.4, look: "pins" }

/** By board id. @type {Record<string, Shape>} */
export const shapes = {
    m5stack_core: core,
    m5stack_fire: {
        ...core,
        parts: [
            ...CORE_SOCKETS,
            { x: 53.4, y: 12, width: 1.6, height: 30, rx: 0.6, look: "bar" },
            CORE_BODY,
            CORE_GLASS,
        ],
        light: { x: 53.2, y: 13, width: 1.8, height: 5, rx: 0.6 },
    },
    m5stack_core2: touchCore,
    m5stack_cores3: touchCore,
    m5stick_c_plus: {
        width: 25.5,
        height: 54.2,
        parts: [
            { x: 7, y: 53.6, width: 11.5, height: 2.2, rx: 0.5, look: "port" },
            { x: 0, y: 0, width: 25.5, height: 54.2, rx: 3, look: "orange" },
            { x: 2, y: 4.5, width: 21.5, height: 31, rx: 1, look: "glass" },
        ],
        /** 1.14 inches, 135 × 240 */
        screen: { x: 5.3, y: 7, width: 14.9, height: 26.5 },
        buttons: [
            { x: 5.5, y: 39, width: 14.5, height: 9, rx: 1.2, pin: "BTNA", name: "A" },
            { x: 25, y: 24, width: 2, height: 7, rx: 0.6, pin: "BTNB", name: "B", side: true },
        ],
        marks: [{ x: 12.75, y: 3.4, text: "M5StickC Plus", size: 1.9 }],
    },
    m5atom_lite: atom("ATOM Lite"),
    m5atom_s3_lite: atom("AtomS3 Lite"),
    esp32_devkit: {
        width: 27.9,
        height: 54.4,
        parts: [
            { x: 0, y: 0, width: 27.9, height: 54.4, rx: 0.8, look: "board" },
            { ...HEADER, x: 0.4 },
            { ...HEADER, x: 25.3 },
            { x: 5, y: 0.8, width: 18, height: 6, look: "antenna" },
            { x: 5, y: 6.6, width: 18, height: 19, rx: 0.5, look: "metal" },
            { x: 10, y: 49.4, width: 8, height: 5.6, rx: 0.5, look: "metal" },
            { x: 19.8, y: 47, width: 4, height: 4, rx: 0.4, look: "key" },
        ],
        buttons: [{ x: 4.2, y: 46.6, width: 4.6, height: 4.6, rx: 0.5, pin: "BOOT", name: "BOOT" }],
        light: { x: 19.5, y: 29, width: 1.6, height: 1, rx: 0.2 },
        marks: [
            { x: 14, y: 17, text: "ESP32", size: 3 },
            { x: 21.8, y: 53.4, text: "EN", size: 1.6, look: "print" },
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
        buttons: [{ x: 14, y: 6, width: 2.6, height: 2.6, rx: 0.4, pin: "D9", name: "BOOT" }],
        marks: [{ x: 8.9, y: 14.4, text: "XIAO", size: 2.2 }],
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
