/** Reads the firmware's log: one event a line, `event key=value key=value …`. */

/** `reading seq=17 co2Ppm=721` becomes event "reading" and its values by name. */
export interface DeviceEvent {
    event: string
    values: Record<string, string>
}

/** The runtime marks what a program logs with one of these: log, warn, error, debug. */
const LOG_LINE = /^[>*!?] ([a-z][a-z0-9-]*)((?: [A-Za-z0-9]+=\S*)*)$/

/** The event of a line of the chip's log; undefined for any other line. */
export function parseDeviceLog(line: string): DeviceEvent | undefined {
    const match = LOG_LINE.exec(line.trimEnd())
    if (!match) return undefined
    const pairs = match[2]!.split(" ").filter(Boolean)
    const values = Object.fromEntries(
        pairs.map(pair => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    )
    return { event: match[1]!, values }
}
