/** Which of the firmware's programs a board gets: code and heap of a part are spent only where the part is. */
import type { Board } from "./boards.ts"

/**
 * The programs, by what they show: nothing; a light, or tones; a screen, and light and tones where the board has them;
 * a screen that a power chip switches; the small one of the StickC Plus, with tones.
 */
export const programs = {
    plain: "src/main.ts",
    light: "src/main-light.ts",
    screen: "src/main-screen.ts",
    powered: "src/main-powered.ts",
    stick: "src/main-stick.ts",
} as const

export type Program = keyof typeof programs

const SCREEN_LABEL = "LCD_MOSI"

const labelsOf = (definition: Board["definition"]) => Object.keys(Object(definition.pins) as object)

/** True if the board has a screen that one of the programs drives. */
export function hasScreen({ definition }: Board): boolean {
    return labelsOf(definition).includes(SCREEN_LABEL)
}

/** The program of a board, by its status light and the labels of its pins. */
export function programFor({ definition }: Board): Program {
    const labels = labelsOf(definition)
    if (labels.includes("PMU_SDA")) return labels.includes("LCD_RST") ? "stick" : "powered"
    if (labels.includes(SCREEN_LABEL)) return "screen"
    return definition.led !== undefined || labels.includes("BUZZER") ? "light" : "plain"
}

/** The main file of a board's program, relative to the project; the plain one without a board. */
export function mainFileFor(board?: Board): string {
    return programs[board ? programFor(board) : "plain"]
}
