/** The air around a simulated sensor, and the physics that the air models share. */

/** True values, before any sensor's error. */
export interface Air {
    co2Ppm: number
    temperatureC: number
    /** relative humidity, 0 to 100 */
    humidityRh: number
    /** absent if only CO2 is known, as in a replay */
    tvocPpb?: number
}

/** Gives the air at a moment, in ms since the Unix epoch. */
export interface AirSource {
    airAt(atMs: number): Air
    /** false while no air is known, as in a gap of a recording: its sensors are then as if unplugged */
    hasAir?(atMs: number): boolean
}

/** Outdoor air in the 2020s, rounded (NOAA Mauna Loa annual means). */
export const OUTDOOR_CO2_PPM = 420
/** A seated adult, 1.2 met: Persily and de Jonge, Indoor Air 27 (2017) 868, table 4 (0.005 l/s). */
export const CO2_PER_PERSON_L_PER_H = 18
/**
 * 6.3 mg/h per person, Tang et al., Environ. Sci. Technol. 50 (2016) 12686, taken as acetone (58
 * g/mol, 24.45 l/mol).
 */
export const TVOC_PER_PERSON_L_PER_H = 0.00266

/** ppb of volatile organic compounds that people emit with each ppm of CO2. */
export const TVOC_PPB_PER_CO2_PPM = (1000 * TVOC_PER_PERSON_L_PER_H) / CO2_PER_PERSON_L_PER_H

/** Water in saturated air, g/m³ (Sensirion's SGP30 driver integration guide, 3.15; Magnus formula). */
function saturationGPerM3(temperatureC: number): number {
    return (216.7 * 6.112 * Math.exp((17.62 * temperatureC) / (243.12 + temperatureC))) / (273.15 + temperatureC)
}

/** Absolute humidity, g/m³. */
export function absoluteHumidity(temperatureC: number, humidityRh: number): number {
    return (humidityRh / 100) * saturationGPerM3(temperatureC)
}

/** Relative humidity, %RH, of air with this absolute humidity, g/m³; above 100 where water would condense. */
export function relativeHumidity(temperatureC: number, gPerM3: number): number {
    return (100 * gPerM3) / saturationGPerM3(temperatureC)
}
