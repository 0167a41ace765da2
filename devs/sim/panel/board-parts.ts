/** What a board file says of the parts that a person sees, hears and presses. */
import type { Board } from "../../image/boards.ts"

export interface BoardParts {
    /** GPIO by label, without the pin of the status light */
    gpios: ReadonlyMap<string, number>
    /** GPIO of the buttons by label: low while pressed */
    buttons: ReadonlyMap<string, number>
    buttonGpios: ReadonlySet<number>
    hasBuzzer: boolean
    /** how the runtime drives the status light; undefined if there is none */
    light: "rgb" | "on-off" | undefined
}

/** Type of `led` in a board file: WS2812, for which the runtime has colours (jacdac-c `jd_status_light.c`). */
const LED_WS2812 = 1

export function boardParts({ definition }: Board): BoardParts {
    const led = record(definition.led)
    const pins = Object.entries(record(definition.pins)).filter(([label]) => label !== led.pin)
    const services = [definition.$services, definition.services].flat().map(record)
    const pinsOf = (name: string) =>
        services.flatMap(({ service, pin }) => (service === name && typeof pin === "string" ? [pin] : []))
    const gpios = new Map(pins.flatMap(([label, gpio]) => (typeof gpio === "number" ? [[label, gpio]] : [])))
    const buttons = new Map(
        pinsOf("button").flatMap(label => {
            const gpio = gpios.get(label)
            return gpio === undefined ? [] : [[label, gpio]]
        }),
    )
    return {
        gpios,
        buttons,
        buttonGpios: new Set(buttons.values()),
        hasBuzzer: pinsOf("buzzer").length > 0,
        light: led.pin === undefined ? undefined : led.type === LED_WS2812 ? "rgb" : "on-off",
    }
}

function record(value: unknown): Record<string, unknown> {
    return typeof value === "object" && value !== null ? { ...value } : {}
}
