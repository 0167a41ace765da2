/** Scenario files: how many devices run for how long, in which rooms, and what happens to them. */
import { readdirSync } from "node:fs"
import path from "node:path"
import JSON5 from "json5"
import { AirpinError } from "../../certs/error.ts"
import { isWithin, settingRange } from "../../src/wire.ts"
import { readFileBytes } from "../files.ts"
import type { RoomKind } from "../sim/air/occupancy.ts"
import { readFault } from "../sim/faults/fault.ts"
import { type Fault, kindOf } from "../sim/faults/kinds.ts"
import { duration, type FaultOption, integer, oneOf, share } from "../sim/faults/option.ts"
import { type PartName, partNames } from "../sim/sensors/parts.ts"

export const MAX_FLEET = 5000

export interface Scenario {
    /** what it shows, one line */
    title: string
    devices: number
    /** seconds; afterwards the devices only deliver what they hold */
    for: number
    room: RoomKind
    /** local time of the start: hours since Monday 0:00 */
    startHour: number
    sensors: PartName[]
    /** settings of every device, by name */
    settings: Record<string, string>
    /** seconds over which the devices of one step are plugged in, evenly */
    boots: number
    /** when more devices join, until there are `devices`; all at the start if empty */
    steps: ScenarioStep[]
    faults: ScenarioFault[]
    rotation?: ScenarioRotation
}

/** The server changes to a chain of another CA. */
export interface ScenarioRotation {
    /** seconds after the start, whole minutes */
    at: number
    /** of the devices: the first ones, which hold the anchors of both chains from the start */
    share: number
    /** when the others are flashed with both, seconds after the start */
    restAt: number
}

export interface ScenarioStep {
    /** seconds after the start */
    at: number
    /** how many there are from then on */
    devices: number
}

/** A fault of some of the devices; its `at` counts from the start of the scenario. */
export interface ScenarioFault {
    fault: Fault
    /** of the devices: the first ones, in the order in which they joined */
    share: number
}

const folder = new URL("./scenarios/", import.meta.url)

/** Names of the scenarios that come with airpin. */
export function scenarioNames(): string[] {
    return readdirSync(folder).map(file => path.parse(file).name)
}

/**
 * A scenario that comes with airpin, or the one in a JSON5 file.
 *
 * @throws AirpinError SCENARIO_INVALID, FAULT_UNKNOWN, FAULT_INVALID, and as for any file that cannot be read
 */
export async function readScenario(nameOrFile: string): Promise<Scenario> {
    const isKnown = scenarioNames().includes(nameOrFile)
    const file = isKnown ? new URL(`${nameOrFile}.json5`, folder).pathname : nameOrFile
    return parseScenario((await readFileBytes(file)).toString(), nameOrFile)
}

/** @throws AirpinError SCENARIO_INVALID, FAULT_UNKNOWN, FAULT_INVALID */
export function parseScenario(text: string, file: string): Scenario {
    const fields = new Fields(asObject(parsed(text, file), file), file)
    const scenario = {
        title: fields.text("title", ""),
        devices: fields.value("devices", integer(1, MAX_FLEET)),
        for: fields.value("for", duration({ mayBeZero: false })),
        room: fields.value("room", oneOf("office", "classroom"), "office"),
        startHour: fields.value("startHour", integer(0, 167), 8),
        sensors: fields.list("sensors", ["scd4x"]).map(name => fields.choose("sensors", name, partNames)),
        settings: settingsOf(asObject(fields.take("settings", {}), `${file}: settings`), file),
        boots: fields.value("boots", duration({ mayBeZero: true }), 600),
        steps: fields.list("steps", []).map((step, at) => stepOf(asObject(step, file), `${file}, step ${at + 1}`)),
        faults: fields
            .list("faults", [])
            .map((fault, at) => faultOf(asObject(fault, file), `${file}, fault ${at + 1}`)),
        ...rotationOf(fields.take("rotation"), `${file}: rotation`),
    }
    fields.finish()
    return scenario
}

function rotationOf(given: unknown, where: string): Pick<Scenario, "rotation"> {
    if (given === undefined) return {}
    const fields = new Fields(asObject(given, where), where)
    const rotation = {
        at: fields.value("at", duration({ mayBeZero: false })),
        share: fields.value("share", share),
        restAt: fields.value("restAt", duration({ mayBeZero: false })),
    }
    fields.finish()
    if (rotation.at % 60 !== 0) throw new AirpinError("SCENARIO_INVALID", `${where}: at must be whole minutes`)
    if (rotation.restAt <= rotation.at)
        throw new AirpinError("SCENARIO_INVALID", `${where}: restAt must be after at, or nobody would refuse the chain`)
    return { rotation }
}

function parsed(text: string, file: string): unknown {
    try {
        return JSON5.parse(text)
    } catch (error) {
        const message = error instanceof Error ? error.message.replace("JSON5: ", "") : String(error)
        throw new AirpinError("SCENARIO_INVALID", `${file} is not JSON5: ${message}`)
    }
}

function asObject(value: unknown, where: string): Record<string, unknown> {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value }
    throw new AirpinError("SCENARIO_INVALID", `${where}: ${JSON.stringify(value)} is not an object`)
}

function settingsOf(given: Record<string, unknown>, file: string): Record<string, string> {
    return Object.fromEntries(
        Object.entries(given).map(([name, value]) => {
            const range = settingRange(name)
            if (!range) throw new AirpinError("SCENARIO_INVALID", `${file}: no setting is called "${name}"`)
            if (typeof value !== "number" || !isWithin(range, value))
                throw new AirpinError(
                    "SCENARIO_INVALID",
                    `${file}: ${name} is ${JSON.stringify(value)}: must be a whole number from ${range.min} to ${range.max}`,
                )
            return [name, `${value}`]
        }),
    )
}

function stepOf(given: Record<string, unknown>, where: string): ScenarioStep {
    const fields = new Fields(given, where)
    const step = {
        at: fields.value("at", duration({ mayBeZero: true })),
        devices: fields.value("devices", integer(1, MAX_FLEET)),
    }
    fields.finish()
    return step
}

/** @throws AirpinError FAULT_NEEDS_OWN_API for a fault of HTTP exchanges: their server would hold up all threads */
function faultOf({ share: part = 1, ...given }: Record<string, unknown>, where: string): ScenarioFault {
    const fault = readFault(given, where)
    if (kindOf(fault).ownServer || fault.devices)
        throw new AirpinError(
            "SCENARIO_INVALID",
            `${where}: ${fault.devices ? "a scenario has no devices with names, only a share" : `${fault.kind} is for airpin sim --fault only`}`,
        )
    return { fault, share: new Fields({ share: part }, where).value("share", share) }
}

/** Takes fields out of an object, and finds those that nobody takes. */
class Fields {
    readonly #fields: Record<string, unknown>
    readonly #where: string

    constructor(fields: Record<string, unknown>, where: string) {
        this.#fields = fields
        this.#where = where
    }

    take(name: string, otherwise?: unknown): unknown {
        const { [name]: value = otherwise } = this.#fields
        delete this.#fields[name]
        return value
    }

    text(name: string, otherwise: string): string {
        const value = this.take(name, otherwise)
        return typeof value === "string" ? value : this.#fail(`${name} is ${JSON.stringify(value)}: must be a text`)
    }

    value<Value>(name: string, option: FaultOption<Value>, otherwise?: Value): Value {
        const value = this.take(name)
        if (value === undefined && otherwise !== undefined) return otherwise
        const isText = typeof value === "string" || typeof value === "number"
        const parsed = isText ? option.parse(String(value)) : undefined
        return parsed ?? this.#fail(`${name} is ${JSON.stringify(value)}: must be ${option.mustBe}`)
    }

    list(name: string, otherwise: unknown[]): unknown[] {
        const value = this.take(name, otherwise)
        return Array.isArray(value) ? value : this.#fail(`${name} is ${JSON.stringify(value)}: must be a list`)
    }

    choose<const Word extends string>(name: string, value: unknown, words: readonly Word[]): Word {
        const found = words.find(word => word === value)
        return found ?? this.#fail(`${name} has ${JSON.stringify(value)}: must be ${words.join(", ")}`)
    }

    finish(): void {
        const [left] = Object.keys(this.#fields)
        if (left !== undefined) this.#fail(`there is no "${left}" in a scenario`)
    }

    #fail(message: string): never {
        throw new AirpinError("SCENARIO_INVALID", `${this.#where}: ${message}`)
    }
}
