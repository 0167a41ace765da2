/**
 * What a number of devices needs, on paper: from the recorded figures of `bench all`, from figures of other commands,
 * which are named with each, and from published ones.
 */

/** What was measured on the two cores of the project's machine, with the command that measures it. */
export const measured = {
    /** `airpin bench api`, SQLite: ms of CPU for a post with its TLS, on a kept connection */
    postCpuMs: 0.335,
    /** assumed, above what one handshake with ECDSA P-256 takes in Node.js */
    handshakeCpuMs: 2,
    /** `airpin bench disk`, SQLite: bytes a reading, raw; roll-ups are a tenth of it and stay for ever */
    storedBytes: 39.1,
} as const

/** Published currents. */
export const currents = {
    /** mA, ESP32 connected in modem sleep, DTIM 1: README of ESP-IDF's `wifi/power_save` example */
    connectedMa: 45,
    /** mA, ESP32 without modem sleep: the same README. It stays awake so long for each post */
    awakeMa: 129,
    awakeS: 0.3,
    /** mA, SCD4x measuring each 5 s, and each 30 s in its low-power mode: SCD4x datasheet 1.7, table 3, 3.3 V */
    sensorMa: 15,
    lowPowerSensorMa: 3.2,
} as const

export interface PlanRequest {
    devices: number
    intervalS: number
    batch: number
    /** recorded bytes a reading, both ways, at this batch */
    bytesPerReading: number
}

export interface Plan {
    readingsPerS: number
    postsPerS: number
    /** both ways, TCP payload */
    megabitPerS: number
    /** cores of the API for the posts alone */
    apiCores: number
    /** handshakes a second when all come back together, spread over a quarter of the interval, a minute at most */
    handshakesPerS: number
    /** cores for those */
    handshakeCores: number
    gigabytesPerYear: number
}

export function planFor({ devices, intervalS, batch, bytesPerReading }: PlanRequest): Plan {
    const readingsPerS = devices / intervalS
    const postsPerS = readingsPerS / batch
    const spreadS = Math.min(intervalS / 4, 60)
    const handshakesPerS = devices / spreadS
    return {
        readingsPerS,
        postsPerS,
        megabitPerS: (readingsPerS * bytesPerReading * 8) / 1e6,
        apiCores: (postsPerS * measured.postCpuMs) / 1000,
        handshakesPerS,
        handshakeCores: (handshakesPerS * measured.handshakeCpuMs) / 1000,
        gigabytesPerYear: (readingsPerS * 86_400 * 365 * measured.storedBytes) / 1e9,
    }
}

export interface Energy {
    /** mAh a day of the chip connected, of its posts, and of the sensor */
    connectedMah: number
    postsMah: number
    sensorMah: number
}

/** @param lowPower the sensor measures each 30 s instead of each 5 s */
export function energyOf({
    intervalS,
    batch,
    lowPower,
}: {
    intervalS: number
    batch: number
    lowPower: boolean
}): Energy {
    const posts = 86_400 / (intervalS * batch)
    const { connectedMa, awakeMa, awakeS, sensorMa, lowPowerSensorMa } = currents
    return {
        connectedMah: connectedMa * 24,
        postsMah: (posts * awakeS * (awakeMa - connectedMa)) / 3600,
        sensorMah: (lowPower ? lowPowerSensorMa : sensorMa) * 24,
    }
}
