/** The levels of the air, as devices and alerts have them. */
import type { Translate } from "./text.ts"

export type Level = "good" | "fair" | "poor"

/** ppm from which the air is fair, and poor */
export interface Limits {
    fairPpm: number
    poorPpm: number
}

export function levelOf(ppm: number, { fairPpm, poorPpm }: Limits): Level {
    return ppm >= poorPpm ? "poor" : ppm >= fairPpm ? "fair" : "good"
}

/** What a level means: "good", "air soon", "open a window". */
export function levelText(t: Translate, level: Level): string {
    return t(`shared.${level}`)
}
