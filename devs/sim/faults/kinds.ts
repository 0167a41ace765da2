/** What can go wrong in a simulation: the one list of all faults, with what each takes. */

/** How the text of a value is read; undefined when it is none. */
export interface FaultOption {
    read(text: string): number | string | undefined
    /** completes "must be …" */
    asks: string
}

const UNIT_SECONDS: Record<string, number> = { ms: 1e-3, s: 1, m: 60, h: 3600, d: 86_400 }
const DURATION = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)?$/

/** "90", "90s", "1.5h": seconds, to the millisecond; undefined for any other text. */
function seconds(text: string): number | undefined {
    const [, count, unit] = DURATION.exec(text) ?? []
    return count === undefined ? undefined : Math.round(Number(count) * UNIT_SECONDS[unit ?? "s"]! * 1000) / 1000
}

/** A span of time; at least a millisecond where it must not be 0. */
const duration = (mayBeZero: boolean): FaultOption => ({
    read: text => {
        const value = seconds(text)
        return value === 0 && !mayBeZero ? undefined : value
    },
    asks: `a span of time ${mayBeZero ? "" : "above 0 "}like 90, 90s, 30m, 2h or 500ms`,
})

const shift: FaultOption = {
    read: text => {
        const value = seconds(text.replace(/^[+-]/, ""))
        return value === undefined || value === 0 ? undefined : text.startsWith("-") ? -value : value
    },
    asks: "a span of time that is not 0, forward like 2h or back like -10m",
}

function wholeNumber(min: number, max: number): FaultOption {
    return {
        read: text => {
            const value = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : NaN
            return value >= min && value <= max ? value : undefined
        },
        asks: `a whole number from ${min} to ${max}`,
    }
}

const oneOf = (...words: string[]): FaultOption => ({
    read: text => (words.includes(text) ? text : undefined),
    asks: words.join(", or "),
})

const share: FaultOption = {
    read: text => (/^(?:1|0?\.\d{1,9})$/.test(text) && Number(text) > 0 ? Number(text) : undefined),
    asks: "a number above 0 and up to 1, like 0.05",
}

/** 7-bit addresses of the parts that a fault of the bus can strike. */
export const partAddresses: Record<string, number> = { sgp30: 0x58, scd30: 0x61, scd4x: 0x62, sht3x: 0x44 }

/** What any fault takes that the kind allows. */
const commonValues = {
    at: duration(true),
    for: duration(false),
    chance: share,
    times: wholeNumber(1, 1e9),
} as const

/** What `chance` and `times` count: each connection begun, each request with its answer, each transfer on the I2C bus. */
export type FaultScope = "connection" | "exchange" | "transfer"

export interface FaultKindDefinition {
    description: string
    /** absent: a state, which holds from `at` for as long as `for` says */
    scope?: FaultScope
    /** only the simulation's own server can do it */
    ownServer?: true
    /** names of values that must be given */
    needs?: readonly string[]
    /** it has no end of its own */
    endless?: true
    /** it is no one device's */
    everywhere?: true
    values?: Record<string, FaultOption>
}

const atServer = { scope: "exchange", ownServer: true } as const
const sensor = { sensor: oneOf(...Object.keys(partAddresses)) }

/** One line each; the order is that of the way from the radio to the answer, then the parts of the device. */
export const faultKinds = {
    "wifi-off": { description: "no Wi-Fi: what stands is cut without a word, nothing new begins" },
    "dns-fail": { description: "the server's name does not resolve", scope: "connection" },
    "connect-refused": { description: "nobody listens at the server's port", scope: "connection" },
    "connect-silent": { description: "TCP is accepted, and then not a byte of TLS comes", scope: "connection" },
    "tls-stall": {
        description: "the server falls silent in the handshake: within its hello, or when its flight is complete",
        scope: "connection",
        ownServer: true,
        values: { after: oneOf("hello", "flight") },
    },
    "tls-impostor": {
        description: "a server whose certificates another CA of the same names has issued",
        scope: "connection",
        ownServer: true,
    },
    "request-cut": {
        description: "the connection ends after so many bytes of the request",
        ...atServer,
        needs: ["byte"],
        values: { byte: wholeNumber(0, 1e6) },
    },
    "answer-cut": {
        description: "the connection ends after so many bytes of the answer",
        ...atServer,
        needs: ["byte"],
        values: { byte: wholeNumber(0, 1e6) },
    },
    "answer-lost": {
        description: "the server commits, and its answer never comes: the connection ends, or nothing happens any more",
        ...atServer,
        values: { end: oneOf("close", "silence") },
    },
    "answer-drip": {
        description: "one byte of the answer every so often (1 s)",
        ...atServer,
        values: { every: duration(false) },
    },
    "answer-garbage": {
        description: "so many bytes (400) that are no HTTP, in place of an answer",
        ...atServer,
        values: { bytes: wholeNumber(1, 1e6) },
    },
    "answer-status": {
        description: "this HTTP status in place of an answer, the server's work left undone",
        ...atServer,
        needs: ["code"],
        values: { code: wholeNumber(200, 599), retryAfter: wholeNumber(0, 1e9) },
    },
    "answer-length": {
        description: "a Content-Length that is wrong by so many bytes",
        ...atServer,
        needs: ["by"],
        values: { by: wholeNumber(-1e6, 1e6) },
    },
    "answer-chunked": {
        description: "the answer in chunks of so many bytes (1)",
        ...atServer,
        values: { bytes: wholeNumber(1, 1e6) },
    },
    "answer-headers": {
        description: "so many bytes (12000) of headers before the answer",
        ...atServer,
        values: { bytes: wholeNumber(1, 1e6) },
    },
    "answer-twice": { description: "the same answer twice", ...atServer },
    "server-clock": {
        description: "the server's clock is wrong by so much",
        ownServer: true,
        everywhere: true,
        needs: ["by"],
        values: { by: shift },
    },
    "sensor-nack": { description: "a part does not acknowledge", scope: "transfer", values: sensor },
    "sensor-crc": { description: "a part answers with a wrong checksum", scope: "transfer", values: sensor },
    "sensor-stuck": { description: "a part answers, but no measurement of it completes", values: sensor },
    "sensor-unplugged": { description: "a part without power", values: sensor },
    "sensor-hot-plug": {
        description: "a part that is plugged in only then",
        endless: true,
        needs: ["at"],
        values: sensor,
    },
    "power-cut": { description: "the device and its parts without power", needs: ["for"] },
    "brown-out": {
        description: "so many power cuts (3), one every so often (5 s), each so long (1 s)",
        endless: true,
        values: { cuts: wholeNumber(1, 1000), every: duration(false), off: duration(false) },
    },
    "flash-cut": {
        description:
            "no power from the device's so-manyth operation of flash on, of which so many bytes (0) are written",
        needs: ["operation", "for"],
        values: { operation: wholeNumber(1, 1e9), written: wholeNumber(0, 4096) },
    },
} as const satisfies Record<string, FaultKindDefinition>

export type FaultKind = keyof typeof faultKinds

/** The facts of a kind, or undefined when there is none of that name. */
export function findKind(kind: string): FaultKindDefinition | undefined {
    return Object.hasOwn(faultKinds, kind) ? faultKinds[kind as FaultKind] : undefined
}

/** Everything that may stand with a kind, by name. */
export function optionsOf({ scope, endless, values = {} }: FaultKindDefinition): Record<string, FaultOption> {
    const { at, for: lasting, chance, times } = commonValues
    return { at, ...(!endless && { for: lasting }), ...(scope && { chance, times }), ...values }
}

const NAME_COLUMNS = 18

/** All faults and what they take, as text for people. */
export function faultTable(): string {
    const kinds = Object.entries<FaultKindDefinition>(faultKinds)
    return [
        "Faults:",
        ...kinds.map(([kind, facts]) => `  ${kind.padEnd(NAME_COLUMNS)}${facts.description}${ownValuesText(facts)}`),
        "",
        "A fault holds from at= for a span of for=, both like 90s, 30m or 2h, on devices=ID,ID or on all.",
        "Those of connections, exchanges and transfers trigger each, or with chance=0.05, at most times=N.",
        "",
    ].join("\n")
}

function ownValuesText({ values = {} }: FaultKindDefinition): string {
    const names = Object.keys(values)
    return names.length > 0 ? `  [${names.map(name => `${name}=`).join(" ")}]` : ""
}
