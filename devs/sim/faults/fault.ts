/**
 * The two written forms of faults: `wifi-off at=2h for=30m` on a command line,
 * and objects with the same names in JSON5.
 */
import JSON5 from "json5"
import { AirpinError } from "../../../certs/error.ts"
import { type Fault, faultKinds, isFaultKind, kindOf, optionsOf } from "./kinds.ts"
import type { OptionTable } from "./option.ts"

const SEE_HELP = "airpin sim --help lists all faults with their options"
const PAIR = /^([A-Za-z]+)=(\S+)$/

/**
 * Reads `kind name=value name=value …`.
 *
 * @throws AirpinError FAULT_UNKNOWN, FAULT_INVALID
 */
export function parseFault(text: string): Fault {
    const [kind = "", ...pairs] = text.trim().split(/\s+/)
    const values: Record<string, unknown> = {}
    for (const pair of pairs) {
        const [, name, value] = PAIR.exec(pair) ?? []
        if (name === undefined) throw invalid(text, `"${pair}" is not name=value`)
        if (name === "kind" || Object.hasOwn(values, name)) throw invalid(text, `${name} is given twice`)
        values[name] = value
    }
    return readFault({ kind, ...values }, text)
}

/**
 * Reads a list of faults in JSON5; durations are numbers of seconds or texts like "2h".
 *
 * @param file for error messages
 * @throws AirpinError FAULTS_UNREADABLE, FAULT_UNKNOWN, FAULT_INVALID
 */
export function parseFaults(text: string, file: string): Fault[] {
    const list = readJson5(text, file)
    if (!Array.isArray(list))
        throw new AirpinError(
            "FAULTS_UNREADABLE",
            `${file} does not hold a list of faults`,
            'write [{ kind: "wifi-off", at: "2h", for: "30m" }, …]',
        )
    return list.map((entry: unknown, at) => readFault(entry, `${file}, fault ${at + 1}`))
}

/** The text that `parseFault` reads as the same fault. */
export function faultText(fault: Fault): string {
    const { kind, ...values } = fault
    const options = optionsOf(kindOf(fault))
    const texts = Object.entries(values).map(([name, value]) => `${name}=${options[name]?.format(value) ?? value}`)
    return [kind, ...texts].join(" ")
}

function readJson5(text: string, file: string): unknown {
    try {
        return JSON5.parse(text)
    } catch (error) {
        const message = error instanceof Error ? error.message.replace("JSON5: ", "") : String(error)
        throw new AirpinError("FAULTS_UNREADABLE", `${file} is not JSON5: ${message}`, SEE_HELP, { cause: error })
    }
}

/** @param where for error messages. @throws AirpinError FAULT_UNKNOWN, FAULT_INVALID */
export function readFault(entry: unknown, where: string): Fault {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
        throw invalid(where, "a fault must be an object with a kind")
    const { kind, devices, ...given }: Record<string, unknown> = { ...entry }
    const name = String(kind)
    if (!isFaultKind(name))
        throw new AirpinError(
            "FAULT_UNKNOWN",
            `${where}: no fault is called "${name}"`,
            `choose one of ${Object.keys(faultKinds).join(", ")}`,
        )
    const known = faultKinds[name]
    const options = optionsOf(known)
    const values = Object.entries(given).map(([option, value]) => [
        option,
        readValue(options, name, option, value, where),
    ])
    if ("global" in known && known.global && devices !== undefined)
        throw invalid(where, `${name} is the same for all devices and takes no devices`)
    const missing = missingOptions(known.options, given)
    if (missing.length > 0) throw invalid(where, `${name} needs ${missing.map(option => `${option}=…`).join(" and ")}`)
    const fault = {
        kind: name,
        ...(devices !== undefined && { devices: readDevices(devices, where) }),
        ...Object.fromEntries(values),
    }
    // Each value was parsed by its option, and no required one is missing: what the type says.
    return fault as Fault
}

function missingOptions(options: OptionTable, given: Record<string, unknown>): string[] {
    const names = Object.entries(options).flatMap(([name, option]) => (option.required ? [name] : []))
    return names.filter(name => given[name] === undefined)
}

function readValue(options: OptionTable, kind: string, name: string, value: unknown, where: string): unknown {
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (!option)
        throw invalid(where, `${kind} has no option "${name}", only ${["devices", ...Object.keys(options)].join(", ")}`)
    const isText = typeof value === "string" || typeof value === "number"
    const parsed = isText ? option.parse(String(value)) : undefined
    if (parsed === undefined) throw invalid(where, `${name} is ${JSON.stringify(value)}: must be ${option.mustBe}`)
    return parsed
}

function readDevices(value: unknown, where: string): string[] {
    const ids: unknown[] = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : []
    if (ids.length > 0 && ids.every(isDeviceId)) return ids
    throw invalid(where, `devices is ${JSON.stringify(value)}: must be ids like m5stack-1,m5stack-2`)
}

function isDeviceId(value: unknown): value is string {
    return typeof value === "string" && /^[^\s,]+$/.test(value)
}

function invalid(where: string, message: string): AirpinError {
    return new AirpinError("FAULT_INVALID", `${where}: ${message}`, SEE_HELP)
}
