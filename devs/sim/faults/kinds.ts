/** All kinds of faults by name. */

import { partNames } from "../sensors/parts.ts"
import type { AnyKind, ExchangeEffect, Given } from "./kind.ts"
import { exchangeKinds } from "./kinds/exchange.ts"
import { networkKinds } from "./kinds/network.ts"
import { powerKinds } from "./kinds/power.ts"
import { sensorKinds } from "./kinds/sensor.ts"
import { serverClockKinds } from "./kinds/server-clock.ts"
import { duration, integer, type OptionTable, share } from "./option.ts"

/** In the order of --help: from the radio to the response, then the parts of the device. */
export const faultKinds = { ...networkKinds, ...exchangeKinds, ...serverClockKinds, ...sensorKinds, ...powerKinds }

export type FaultKind = keyof typeof faultKinds

type OptionsOf<Kind> = Kind extends { options: infer Options extends OptionTable } ? Options : never

/** One fault as plain data: its kind and the values of its options. Durations are in seconds. */
export type Fault = { [Kind in FaultKind]: { kind: Kind } & Given<OptionsOf<(typeof faultKinds)[Kind]>> }[FaultKind]

/** The kind of a fault. */
export function kindOf({ kind }: Fault): AnyKind {
    return faultKinds[kind]
}

/** What a fault does to an HTTP exchange; undefined for a fault of another scope. */
export function exchangeEffect(fault: Fault): ExchangeEffect | undefined {
    const kind = kindOf(fault)
    if (kind.scope !== "exchange") return undefined
    return {
        replacesResponse: kind.replacesResponse ?? false,
        requestBytes: kind.requestBytes?.(fault) ?? Infinity,
        deliver: (response, nowMs) => kind.deliver(fault, response, nowMs),
    }
}

export function isFaultKind(name: string): name is FaultKind {
    return Object.hasOwn(faultKinds, name)
}

const commonOptions = {
    at: duration({ mayBeZero: true }),
    for: duration({ mayBeZero: false }),
    chance: share,
    times: integer(1, 1e9),
} as const

/** All options of a kind, by name, `devices` excepted. */
export function optionsOf(kind: AnyKind): OptionTable {
    const { at, for: lasting, chance, times } = commonOptions
    const hasDuration = kind.scope !== undefined || !kind.noDuration
    return { at, ...(hasDuration && { for: lasting }), ...(kind.scope && { chance, times }), ...kind.options }
}

const NAME_COLUMNS = 18

/** The help text on faults: each kind with its own options, then the common options. */
export function faultTable(): string {
    const kinds = Object.entries<AnyKind>(faultKinds)
    return [
        "Faults:",
        ...kinds.map(([name, kind]) => `  ${name.padEnd(NAME_COLUMNS)}${kind.description}${ownOptionsText(kind)}`),
        "",
        "A fault holds from at= for the duration for=, both like 90s, 30m or 2h, on devices=ID,ID or on all.",
        "Faults of connections, HTTP exchanges and I2C transfers trigger on each of them, or with chance=0.05,",
        `at most times=N per device. sensor= names one part (${partNames.join(", ")}), otherwise all are meant.`,
        "",
    ].join("\n")
}

function ownOptionsText({ options }: AnyKind): string {
    const names = Object.keys(options).filter(name => !Object.hasOwn(commonOptions, name))
    return names.length > 0 ? `  [${names.map(name => `${name}=`).join(" ")}]` : ""
}
