/** Parses the firmware's log: one event per line, `event key=value key=value …`. */

/** One log line; `reading seq=17 co2Ppm=721` is the event "reading" with two values by name. */
export interface DeviceEvent {
    event: string
    values: Record<string, string>
}

/** The runtime prefixes a program's lines with one of these characters: log, warn, error, debug. */
const LOG_LINE = /^[>*!?] ([a-z][a-z0-9-]*)((?: [A-Za-z0-9]+=\S*)*)$/

/** The event in a line of the chip's log; undefined if the line is not an event. */
export function parseDeviceLog(line: string): DeviceEvent | undefined {
    const [, event, list = ""] = LOG_LINE.exec(line.trimEnd()) ?? []
    if (event === undefined) return undefined
    const pairs = list.split(" ").filter(Boolean)
    const values = Object.fromEntries(
        pairs.map(pair => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    )
    return { event, values }
}
