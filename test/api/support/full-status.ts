import type { Status } from "../../../src/wire.ts"

/** A status with every field but the report of settings. */
export const fullStatus: Status = {
    uptimeS: 4000,
    restartReason: "stalled",
    ram: 12,
    flash: 480,
    rssi: -61,
    handshakes: 3,
    handshakeFailures: 1,
    handshakeFailureAgeS: 500,
    failures: 2,
    lastError: "no-connection:name",
    sensors: {
        scd41: { recalibrated: -12 },
        sgp30: { state: "failed", nack: 7, crc: 2, stale: 1, range: 3, selfTestFailed: true },
        scd30: { recalibrated: "done" },
        sht3x: { recalibrated: "refused" },
    },
}
