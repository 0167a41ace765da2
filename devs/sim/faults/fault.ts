/**
 * Faults as data, and their two written forms: `wifi-off at=2h for=30m` on a
 * command line, and objects with the same names in JSON5.
 */
import JSON5 from "json5"
import { AirpinError } from "../../../certs/error.ts"
import { type FaultKind, type FaultKindDefinition, faultKinds, findKind, optionsOf } from "./kinds.ts"

/**
 * One fault, plain data; what its kind does not take is absent.
 *
 * It holds from `at` for `for`: from the start, and to the end, where absent.
 * One of an occasion (a connection, an exchange, a transfer) strikes each
 * within that time, or with `chance`, and of one device no more than `times`.
 * All spans of time are in seconds.
 */
export interface Fault {
    kind: FaultKind
    /** ids; every device when absent */
    devices?: string[]
    at?: number
    for?: number
    /** 0 to 1, of the simulation's seeded random numbers */
    chance?: number
    times?: number
    after?: "hello" | "flight"
    byte?: number
    bytes?: number
    end?: "close" | "silence"
    every?: number
    code?: number
    retryAfter?: number
    by?: number
    sensor?: string
    cuts?: number
    off?: number
    operation?: number
    written?: number
}

const LIST = "airpin sim --help lists the faults and what each takes"
const SPANS = ["at", "for", "every", "off"]
const UNITS = { d: 86_400, h: 3600, m: 60 }
const PAIR = /^([A-Za-z]+)=(\S+)$/

/**
 * Reads `kind name=value name=value …`.
 *
 * @throws AirpinError FAULT_UNKNOWN, FAULT_INVALID
 */
export function parseFault(text: string): Fault {
    const [kind = "", ...words] = text.trim().split(/\s+/)
    const values: Record<string, unknown> = {}
    for (const word of words) {
        const [, name, value] = PAIR.exec(word) ?? []
        if (name === undefined) throw invalid(text, `"${word}" is not name=value`)
        if (name === "kind" || Object.hasOwn(values, name)) throw invalid(text, `${name} is given twice`)
        values[name] = value
    }
    return readFault({ kind, ...values }, text)
}

/**
 * Reads a list of faults in JSON5; spans of time may be numbers of seconds or texts like "2h".
 *
 * @param file names it in errors
 * @throws AirpinError FAULTS_UNREADABLE, FAULT_UNKNOWN, FAULT_INVALID
 */
export function parseFaults(text: string, file: string): Fault[] {
    const list = readJson5(text, file)
    if (!Array.isArray(list))
        throw new AirpinError(
            "FAULTS_UNREADABLE",
            `${file} holds no list of faults`,
            'write [{ kind: "wifi-off", at: "2h", for: "30m" }, …]',
        )
    return list.map((entry: unknown, at) => readFault(entry, `${file}, fault ${at + 1}`))
}

/** What `parseFault` reads as the same fault. */
export function faultText({ kind, ...values }: Fault): string {
    const isSpan = (name: string) => SPANS.includes(name) || (kind === "server-clock" && name === "by")
    return [
        kind,
        ...Object.entries(values).map(([name, value]) => `${name}=${isSpan(name) ? spanText(value as number) : value}`),
    ].join(" ")
}

/** In the largest unit of which it is a whole number. */
function spanText(seconds: number): string {
    const [unit, size] = Object.entries(UNITS).find(([, size]) => seconds % size === 0) ?? ["s", 1]
    return `${seconds / size}${unit}`
}

function readJson5(text: string, file: string): unknown {
    try {
        return JSON5.parse(text)
    } catch (error) {
        throw new AirpinError(
            "FAULTS_UNREADABLE",
            `${file} is no JSON5: ${(error as Error).message.replace("JSON5: ", "")}`,
            LIST,
            { cause: error },
        )
    }
}

function readFault(entry: unknown, where: string): Fault {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
        throw invalid(where, "a fault is an object with a kind")
    const { kind, devices, ...given } = entry as Record<string, unknown>
    const facts = findKind(String(kind))
    if (!facts)
        throw new AirpinError(
            "FAULT_UNKNOWN",
            `${where}: no fault is called "${String(kind)}"`,
            `there are: ${Object.keys(faultKinds).join(", ")}`,
        )
    const values = Object.entries(given).map(([name, value]) => [name, readValue(facts, `${kind}`, name, value, where)])
    if (facts.everywhere && devices !== undefined)
        throw invalid(where, `${kind} is the same for all devices: it takes no devices`)
    const missing = facts.needs?.filter(name => given[name] === undefined) ?? []
    if (missing.length > 0) throw invalid(where, `${kind} needs ${missing.map(name => `${name}=…`).join(" and ")}`)
    return {
        kind: kind as FaultKind,
        ...(devices !== undefined && { devices: readDevices(devices, where) }),
        ...Object.fromEntries(values),
    } as Fault
}

function readValue(
    facts: FaultKindDefinition,
    kind: string,
    name: string,
    value: unknown,
    where: string,
): number | string {
    const known = optionsOf(facts)
    if (!Object.hasOwn(known, name))
        throw invalid(where, `${kind} has no "${name}"; it takes ${["devices", ...Object.keys(known)].join(", ")}`)
    const isText = typeof value === "string" || typeof value === "number"
    const read = isText ? known[name]!.read(String(value)) : undefined
    if (read === undefined) throw invalid(where, `${name} is ${JSON.stringify(value)}: must be ${known[name]!.asks}`)
    return read
}

function readDevices(value: unknown, where: string): string[] {
    const ids: unknown[] = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : []
    if (ids.length > 0 && ids.every(id => typeof id === "string" && /^[^\s,]+$/.test(id))) return ids as string[]
    throw invalid(where, `devices is ${JSON.stringify(value)}: must be ids, like m5stack-1,m5stack-2`)
}

function invalid(where: string, message: string): AirpinError {
    return new AirpinError("FAULT_INVALID", `${where}: ${message}`, LIST)
}
