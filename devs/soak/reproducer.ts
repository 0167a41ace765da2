/** Reproducer files: a soak whose histories do not balance, to be run again. */
import JSON5 from "json5"
import { AirpinError } from "../../certs/error.ts"
import { readFileBytes, writeWhole } from "../files.ts"
import { parseFaults } from "../sim/faults/fault.ts"
import { isPartName } from "../sim/sensors/parts.ts"
import { checkDevices } from "../testbed/sim-faults.ts"
import type { PlannedDevice } from "./plan.ts"
import type { SoakCase, SoakResult } from "./soak-case.ts"

/** Writes the case, and what the devices' histories came to, if they came to anything. */
export async function writeReproducer(
    file: string,
    { seed, days, devices, faults }: SoakCase,
    histories: SoakResult["devices"] = {},
): Promise<void> {
    const contents = { seed, days, devices, faults: "FAULTS", histories }
    // One fault a line: people take lines out to find the one that matters.
    const lines = faults.map(fault => `        ${JSON5.stringify(fault)},\n`).join("")
    await writeWhole(file, `${JSON5.stringify(contents, null, 4).replace("'FAULTS'", () => `[\n${lines}    ]`)}\n`)
}

/**
 * The case of a file that `writeReproducer` wrote, its faults perhaps edited since.
 *
 * @throws AirpinError REPRODUCER_UNREADABLE, and what reading its faults throws
 */
export async function readReproducer(file: string): Promise<SoakCase> {
    const { seed, days, devices, faults } = parse((await readFileBytes(file)).toString(), file)
    const valid =
        isCount(seed, 0) && Number(days) > 0 && Array.isArray(devices) && devices.length > 0 && devices.every(isDevice)
    if (!valid)
        throw new AirpinError(
            "REPRODUCER_UNREADABLE",
            `${file} names no seed, days and devices`,
            "take a file that airpin soak wrote",
        )
    const listed = parseFaults(JSON5.stringify(faults ?? null), file)
    for (const fault of listed)
        checkDevices(
            fault,
            devices.map(({ id }) => id),
        )
    return { seed, days: Number(days), devices, faults: listed }
}

function parse(text: string, file: string): Record<string, unknown> {
    try {
        return Object(JSON5.parse(text))
    } catch (error) {
        throw new AirpinError(
            "REPRODUCER_UNREADABLE",
            `${file} is no JSON5: ${(error as Error).message.replace("JSON5: ", "")}`,
            "take a file that airpin soak wrote",
            { cause: error },
        )
    }
}

const isCount = (value: unknown, least: number): value is number => Number.isInteger(value) && Number(value) >= least

function isDevice(value: unknown): value is PlannedDevice {
    const { id, parts, intervalS, batch, ramReadings } = Object(value) as Partial<PlannedDevice>
    return (
        typeof id === "string" &&
        /^[\w-]+$/.test(id) &&
        isParts(parts) &&
        [intervalS, batch, ramReadings].every(count => isCount(count, 1))
    )
}

function isParts(value: unknown): boolean {
    return Array.isArray(value) && value.length > 0 && value.every(part => isPartName(part))
}
