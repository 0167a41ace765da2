// @ts-check
/**
 * The names of src/wire.ts in words for people: one table for the page and the
 * command line. The types in braces and test/api/terms.test.ts hold its keys to
 * src/wire.ts.
 */

/** @satisfies {Record<import("../../../src/wire.ts").Quantity["name"], {label: string, unit: string}>} */
export const quantityTerms = {
    co2Ppm: { label: "CO2", unit: "ppm" },
    eco2Ppm: { label: "eCO2", unit: "ppm" },
    tvocPpb: { label: "TVOC", unit: "ppb" },
    temperatureC: { label: "Temperature", unit: "°C" },
    humidityRh: { label: "Humidity", unit: "%RH" },
}

/**
 * How a device started: by `restartReason`, "power" where it has none, "unknown" where it could not be read.
 *
 * @satisfies {Record<import("../../../src/wire.ts").RestartReason | "power" | "unknown", string>}
 */
export const startTerms = {
    power: "switched on or reset",
    uptime: "restarted for its uptime",
    stalled: "restarted because its connection hung",
    settings: "restarted for new settings",
    unknown: "started for an unknown reason",
}

/**
 * Why a post failed: by the states of the uplink that are errors.
 *
 * @typedef {import("../../../src/wire.ts").UplinkState} UplinkState
 * @satisfies {Record<Exclude<UplinkState, "idle" | "connecting" | "sending" | "ok" | "unconfigured">, string>}
 */
export const uplinkErrorTerms = {
    "no-network": "no Wi-Fi",
    "no-connection": "no connection to the server",
    refused: "the TLS handshake failed",
    unauthorised: "the server refused the token",
    busy: "the server was busy",
    broken: "the server's response was invalid",
    rejected: "the server rejected the readings",
}

/**
 * Why readings were lost.
 *
 * @satisfies {Record<import("../../../src/wire.ts").LossReason, string>}
 */
export const lossTerms = {
    rejected: "rejected by the server",
    undated: "without a known time",
    damaged: "damaged in flash",
    full: "for lack of memory",
}

/** Errors of a sensor, by their counts in its status. */
export const sensorErrorTerms = {
    nack: "not acknowledged",
    crc: "with a bad checksum",
    stale: "with nothing new",
    range: "with an impossible value",
}

/**
 * Text of one of the tables above; the name itself where a later firmware sent one that this version does not know.
 *
 * @param {Record<string, string>} terms
 * @param {string} name
 */
export function termOf(terms, name) {
    return Object.hasOwn(terms, name) ? (terms[name] ?? name) : name
}

/**
 * Losses of a device by reason, in the order of {@link lossTerms}, without zeros.
 *
 * @param {{lost: number, rejected: number, undated: number, damaged: number}} losses
 * @returns {string[]} "4 without a known time"
 */
export function lossTexts({ lost, rejected, undated, damaged }) {
    const counts = { rejected, undated, damaged, full: lost - rejected - undated - damaged }
    return Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([reason, count]) => `${count} ${termOf(lossTerms, reason)}`)
}
