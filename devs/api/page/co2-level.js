/**
 * Levels of CO2 in indoor air: German Environment Agency (UBA), "Gesundheitliche
 * Bewertung von Kohlendioxid in der Innenraumluft", Bundesgesundheitsblatt 51,
 * 2008: below 1000 ppm, to 2000 ppm, above. The defaults of CO2_FAIR_PPM and
 * CO2_POOR_PPM in src/wire.ts are the same.
 */
export const ELEVATED_PPM = 1000
export const UNACCEPTABLE_PPM = 2000

/** @returns {{name: "harmless"|"elevated"|"unacceptable", advice: string}} */
export function levelOf(co2Ppm) {
    if (co2Ppm < ELEVATED_PPM) return { name: "harmless", advice: "Harmless" }
    if (co2Ppm <= UNACCEPTABLE_PPM) return { name: "elevated", advice: "Elevated – air the room" }
    return { name: "unacceptable", advice: "Unacceptable – air the room now" }
}
