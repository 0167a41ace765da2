/** Reproducer files: the case of a soak with a discrepancy, in JSON5, for `airpin soak --reproduce FILE`. */
import JSON5 from "json5"
import { AirpinError } from "../../certs/error.ts"
import { readFileBytes, writeWhole } from "../files.ts"
import { chipNames } from "../image/chip.ts"
import { parseFaults } from "../sim/faults/fault.ts"
import { isPartName } from "../sim/sensors/parts.ts"
import { checkDevices } from "../testbed/sim-faults.ts"
import type { PlannedDevice } from "./plan.ts"
import type { SoakResult } from "./run-case.ts"
import type { SoakCase } from "./soak-case.ts"

/** Writes the case, and the results of its devices, if it came to any. */
export async function writeReproducer(
    file: string,
    { seed, days, devices, faults }: SoakCase,
    results: SoakResult["devices"] = {},
): Promise<void> {
    const contents = { seed, days, devices, faults: "FAULTS", results }
    // One fault a line, so that lines can be deleted to find the one that matters.
    const lines = faults.map(fault => `        ${JSON5.stringify(fault)},\n`).join("")
    await writeWhole(file, `${JSON5.stringify(contents, null, 4).replace("'FAULTS'", () => `[\n${lines}    ]`)}\n`)
}

/**
 * Reads a file of `writeReproducer`, whose faults may have been edited.
 *
 * @throws AirpinError REPRODUCER_UNREADABLE, FAULT_DEVICE_UNKNOWN, and as `parseFaults`
 */
export async function readReproducer(file: string): Promise<SoakCase> {
    const { seed, days, devices, faults } = parse((await readFileBytes(file)).toString(), file)
    if (!isCount(seed, 0) || typeof days !== "number" || !(days > 0) || !isDevices(devices))
        throw new AirpinError("REPRODUCER_UNREADABLE", `${file} lacks a valid seed, days or devices`)
    const parsed = parseFaults(JSON5.stringify(faults ?? null), file)
    const ids = devices.map(({ id }) => id)
    for (const fault of parsed) checkDevices(fault, ids)
    return { seed, days, devices, faults: parsed }
}

function parse(text: string, file: string): Record<string, unknown> {
    try {
        return Object(JSON5.parse(text))
    } catch (error) {
        const reason = error instanceof Error ? error.message.replace("JSON5: ", "") : String(error)
        throw new AirpinError("REPRODUCER_UNREADABLE", `${file} is not valid JSON5: ${reason}`, { cause: error })
    }
}

const isCount = (value: unknown, min: number): value is number =>
    typeof value === "number" && Number.isInteger(value) && value >= min

function isDevices(value: unknown): value is PlannedDevice[] {
    return Array.isArray(value) && value.length > 0 && value.every(isDevice)
}

function isDevice(value: unknown): value is PlannedDevice {
    const { id, board, chip, parts, intervalS, batch, ramReadings }: Partial<Record<keyof PlannedDevice, unknown>> =
        Object(value)
    return (
        typeof id === "string" &&
        /^[\w-]+$/.test(id) &&
        (board === undefined || typeof board === "string") &&
        (chip === undefined || chipNames.some(name => name === chip)) &&
        isParts(parts) &&
        [intervalS, batch, ramReadings].every(count => isCount(count, 1))
    )
}

function isParts(value: unknown): boolean {
    return Array.isArray(value) && value.length > 0 && value.every(isPartName)
}
