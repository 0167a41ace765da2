/** Names of src/wire.ts, and lengths of time, in English for people: on the command line, in alerts and in the document of the API. */
import type { LossReason, Quantity, RestartReason, UplinkState } from "../../src/wire.ts"

export const quantityTerms = {
    co2Ppm: { label: "CO2", unit: "ppm" },
    eco2Ppm: { label: "eCO2", unit: "ppm" },
    tvocPpb: { label: "TVOC", unit: "ppb" },
    temperatureC: { label: "Temperature", unit: "°C" },
    humidityRh: { label: "Humidity", unit: "%RH" },
} satisfies Record<Quantity["name"], { label: string; unit: string }>

/** How a device started: by `restartReason`, "power" where it has none, "unknown" where it could not be read. */
export const startTerms = {
    power: "switched on or reset",
    uptime: "restarted for its uptime",
    stalled: "restarted because its connection hung",
    settings: "restarted for new settings",
    unknown: "started for an unknown reason",
} satisfies Record<RestartReason | "power" | "unknown", string>

/** Why a post failed: by the states of the uplink that are errors. */
export const uplinkErrorTerms = {
    "no-network": "no Wi-Fi",
    "no-connection": "no connection to the server",
    refused: "the TLS handshake failed",
    unauthorised: "the server refused the token",
    busy: "the server was busy",
    broken: "the server's response was invalid",
    rejected: "the server rejected the readings",
} satisfies Record<Exclude<UplinkState, "idle" | "connecting" | "sending" | "ok" | "unconfigured">, string>

/** Why readings were lost. */
export const lossTerms = {
    rejected: "rejected by the server",
    undated: "without a known time",
    damaged: "damaged in flash",
    full: "for lack of memory",
} satisfies Record<LossReason, string>

/** Errors of a sensor, by their counts in its status. */
export const sensorErrorTerms = {
    nack: "not acknowledged",
    crc: "with a bad checksum",
    stale: "with nothing new",
    range: "with an impossible value",
}

/** Text of one of the tables above; the name itself where a later firmware sent one that this version does not know. */
export function termOf(terms: Record<string, string>, name: string): string {
    return Object.hasOwn(terms, name) ? (terms[name] ?? name) : name
}

/**
 * Losses of a device by reason, in the order of {@link lossTerms}, without zeros.
 *
 * @returns "4 without a known time"
 */
export function lossTexts(losses: { lost: number; rejected: number; undated: number; damaged: number }): string[] {
    const { lost, rejected, undated, damaged } = losses
    const counts = { rejected, undated, damaged, full: lost - rejected - undated - damaged }
    return Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([reason, count]) => `${count} ${termOf(lossTerms, reason)}`)
}

const units = [
    [86_400, "day"],
    [3_600, "hour"],
    [60, "minute"],
] as const

/** "12 seconds", "1 minute", "3 hours", "2 days": whole units of the largest that fits. */
export function durationText(seconds: number): string {
    const [length, unit] = units.find(([length]) => seconds >= length) ?? [1, "second"]
    const count = Math.max(0, Math.floor(seconds / length))
    return `${count} ${unit}${count === 1 ? "" : "s"}`
}
