/** Icons of 20 × 20 px. Paths are in px, y from the bottom; each icon is a list of steps, drawn one over the other. */

export interface IconStep {
    path: string
    /** width of the pen; 2 if left out */
    pen?: number
    /** fills what each stroke encloses */
    fills?: boolean
    /** of 15, for what is only hinted at; 0 takes ink away */
    level?: number
}

import { MAX_LEVEL } from "../raster.ts"

export const ICON_HEIGHT = 20

const FAINT = 5

const WIFI_DOT = "D10 4.5"
const WIFI_ARCS = [
    "M6.6 7.9 C8.4 9.7 11.6 9.7 13.4 7.9",
    "M3.9 11.2 C7.2 14.4 12.8 14.4 16.1 11.2",
    "M1.2 14.4 C6 19 14 19 18.8 14.4",
]

function wifi(strength: number): IconStep[] {
    return [
        { path: WIFI_ARCS.slice(strength).join(" ") || "M-9 -9 H-9", level: FAINT },
        { path: [WIFI_DOT, ...WIFI_ARCS.slice(0, strength)].join(" ") },
    ]
}

/** A stroke through an icon, with a gap beside it. */
const CROSSED_OUT: IconStep[] = [{ path: "M4 17.5 L18 3.5", pen: 2.4, level: 0 }, { path: "M2.5 17 L16.5 3" }]

/** Two units of a rack; the lower right is left free for a mark. */
function server(level: number): IconStep[] {
    return [
        { path: "M2 18 H18 V13 H2 V18 M2 10 H18 V3 H2 V10", level },
        { path: "M5 15.5 H6 M5 6.5 H6", pen: 1.4, level },
        { path: "M13 5 H17", pen: 9, level: 0 },
    ]
}

const OUTLINE: Record<"circle" | "triangle" | "octagon", IconStep> = {
    circle: { path: "O2 2 18 18", fills: true },
    triangle: { path: "M10 17.6 L18.2 3 H1.8 L10 17.6", fills: true },
    octagon: { path: "M6.7 18 H13.3 L18 13.3 V6.7 L13.3 2 H6.7 L2 6.7 V13.3 L6.7 18", fills: true },
}

/** Icons in the order of their code points. */
export const ICON_STEPS: Record<string, IconStep[]> = {
    WIFI_OFF: [{ path: [WIFI_DOT, ...WIFI_ARCS].join(" "), level: FAINT }, ...CROSSED_OUT],
    WIFI_WEAK: wifi(1),
    WIFI_FAIR: wifi(2),
    WIFI_STRONG: wifi(3),
    SERVER_REACHED: [...server(MAX_LEVEL), { path: "M10.5 5.2 L13.4 2.2 L18.6 8.4" }],
    SERVER_AWAY: [...server(FAINT), { path: "M11.6 8.4 L18 2 M18 8.4 L11.6 2" }],
    CERTIFICATE_REFUSED: [
        { path: "M6 11 V14 U10 18.5 R14 14 V11" },
        { path: "M4 2 H16 V10.5 H4 V2", fills: true },
        { path: "M7.6 8.6 L12.4 3.8 M12.4 8.6 L7.6 3.8", level: 0, pen: 1.8 },
    ],
    READINGS_WAITING: [{ path: "M2 8.5 V2 H18 V8.5 M10 18 V7 M5.8 10.8 L10 6.6 L14.2 10.8" }],
    SENSOR_MISSING: [
        { path: "M4.5 4.5 H15.5 V15.5 H4.5 V4.5" },
        {
            path: "M8 18.5 V15.5 M12 18.5 V15.5 M8 1.5 V4.5 M12 1.5 V4.5 M1.5 8 H4.5 M1.5 12 H4.5 M18.5 8 H15.5 M18.5 12 H15.5",
            pen: 1.6,
        },
        ...CROSSED_OUT,
    ],
    CLOCK_UNKNOWN: [
        { path: "O2 5 15 18 M8.5 14.5 V11.5 H11" },
        { path: "M15.5 4 V7", pen: 9, level: 0 },
        {
            path: "M12.8 7.4 C13 8.6 14 9.2 15.3 9.2 C16.7 9.2 17.9 8.4 17.9 7 C17.9 5.4 15.4 5.4 15.4 3.9 M15.4 1 H15.4",
        },
    ],
    SPEAKER_MUTED: [
        { path: "M2 12.6 H5 L9.5 16.6 V3.4 L5 7.4 H2 V12.6", fills: true, pen: 1.6 },
        { path: "M13 12.6 L18.2 7.4 M18.2 12.6 L13 7.4" },
    ],
    RISING: [{ path: "M10 2.5 V17 M4.5 11.5 L10 17 L15.5 11.5", pen: 2.6 }],
    FALLING: [{ path: "M10 17.5 V3 M4.5 8.5 L10 3 L15.5 8.5", pen: 2.6 }],
    STEADY: [{ path: "M2.5 10 H17 M11.5 15.5 L17 10 L11.5 4.5", pen: 2.6 }],
    GOOD: [OUTLINE.circle, { path: "M5.8 10 L8.8 6.8 L14.4 12.8", level: 0 }],
    FAIR: [OUTLINE.triangle, { path: "M10 13 V8.8 M9.6 5 H10.4", level: 0 }],
    POOR: [OUTLINE.octagon, { path: "M6.8 13.2 L13.2 6.8 M13.2 13.2 L6.8 6.8", level: 0 }],
    /** the sensor warms up */
    HOURGLASS: [
        { path: "M4 18 H16 M4 2 H16" },
        {
            path: "M5.6 18 V15.4 C5.6 12.6 8.8 11.6 8.8 10 C8.8 8.4 5.6 7.4 5.6 4.6 V2 M14.4 18 V15.4 C14.4 12.6 11.2 11.6 11.2 10 C11.2 8.4 14.4 7.4 14.4 4.6 V2",
        },
        { path: "M7.6 4 C7.6 5.6 8.6 6.4 10 6.4 C11.4 6.4 12.4 5.6 12.4 4 H7.6", fills: true, pen: 1 },
    ],
    /** in the first minutes */
    SERVER_CALLED: [
        { path: "M2 18 H18 V12.5 H2 V18" },
        { path: "M5 15.25 H6", pen: 1.4 },
        { path: "M10 2 V9 M6.4 5.6 L10 9 L13.6 5.6" },
    ],
    /** the number is an estimate */
    ESTIMATE: [
        {
            path: "M2.5 12 C4.5 15.4 7 15.4 10 13.2 C13 11 15.5 11 17.5 14.4 M2.5 5.6 C4.5 9 7 9 10 6.8 C13 4.6 15.5 4.6 17.5 8",
            pen: 2.6,
        },
    ],
}
