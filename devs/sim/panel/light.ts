/**
 * The status light as a person sees it, from the commands that the program sends to its own runtime.
 *
 * The runtime (jacdac-c `services/jd_status_light.c`) moves each colour every 65.536 ms towards the last command.
 * 2.1 s after it, its own glow comes back. On a board with a WS2812 (`led.type` 1) it sends red, green, blue in this
 * order (devicescript-esp32 `main/ledstrip.c`), but the LEDs of the ATOM Lite, AtomS3 Lite and Fire take green first
 * (M5Atom library: `FastLED.addLeds<WS2812, DATA_PIN, GRB>`). So RED AND GREEN ARE SWAPPED on these boards.
 */
import { isCommand, packetsOf } from "../../vm/jacdac-frames.ts"

export interface Color {
    /** 0 to 255 each */
    red: number
    green: number
    blue: number
}

export interface ColorChange extends Color {
    atMs: number
}

/** How the runtime drives the light: one WS2812, or a LED on a plain pin, which is on or off. */
export type LightKind = "rgb" | "on-off"

const CONTROL_SERVICE = 0
const SET_STATUS_LIGHT = 0x84
const SET_STATUS_LIGHT_BYTES = 4

const STEP_MS = 65.536
/** `2 << 20` µs */
const COMMAND_HOLDS_MS = 2097.152
/** `JD_GLOW_CLOUD_NOT_CONNECTED_TO_CLOUD`, the glow of a chip with a network and no Jacdac cloud: red, on and off. */
const GLOW = { red: 8, green: 0, blue: 0, speed: 150, onMs: 250, offMs: 1750 }

const MAX_CHANGES_KEPT = 1000

/** One colour: 8.8 bits, as in the C code. */
interface Channel {
    value: number
    speed: number
    target: number
}

export class StatusLight {
    readonly #kind: LightKind
    readonly #channels: [Channel, Channel, Channel] = [newChannel(), newChannel(), newChannel()]
    readonly #changes: ColorChange[] = []
    /** undefined while the chip is off */
    #stepAtMs: number | undefined
    /** when the glow changes next; after a command it comes back then */
    #glowAtMs = 0
    #glowIsOn = false

    constructor(kind: LightKind) {
        this.#kind = kind
    }

    /** @param frames what the machine sent in its last round */
    round(frames: readonly Buffer[], nowMs: number): void {
        this.#start(nowMs)
        for (const frame of frames) {
            if (!isCommand(frame)) continue
            for (const { service, command, data } of packetsOf(frame))
                if (
                    service === CONTROL_SERVICE &&
                    command === SET_STATUS_LIGHT &&
                    data.length >= SET_STATUS_LIGHT_BYTES
                )
                    this.#command(data, nowMs)
        }
    }

    #start(nowMs: number): void {
        if (this.#stepAtMs !== undefined) return
        this.#stepAtMs = this.#glowAtMs = nowMs
        this.#glowIsOn = false
    }

    #command(data: Buffer, nowMs: number): void {
        this.#advance(nowMs)
        const [red = 0, green = 0, blue = 0, speed = 0] = data
        this.#move([red, green, blue], speed)
        this.#glowAtMs = nowMs + COMMAND_HOLDS_MS
        this.#glowIsOn = false
    }

    #move(targets: [number, number, number], speed: number): void {
        for (const [at, channel] of this.#channels.entries()) {
            channel.target = targets[at] ?? 0
            channel.speed = ((channel.target - (channel.value >> 8)) * speed) >> 1
        }
    }

    /** The runtime's own steps up to this moment. */
    #advance(toMs: number): void {
        if (this.#stepAtMs === undefined) return
        for (; this.#stepAtMs <= toMs; this.#stepAtMs += STEP_MS) {
            if (this.#stepAtMs > this.#glowAtMs) this.#glow(this.#stepAtMs)
            for (const channel of this.#channels) step(channel)
            this.#note(this.#stepAtMs)
        }
    }

    #glow(atMs: number): void {
        this.#glowIsOn = !this.#glowIsOn
        const { red, green, blue, speed, onMs, offMs } = GLOW
        this.#glowAtMs = atMs + (this.#glowIsOn ? onMs : offMs)
        this.#move(this.#glowIsOn ? [red, green, blue] : [0, 0, 0], speed)
    }

    #note(atMs: number): void {
        const color = this.#color()
        const last = this.#changes.at(-1) ?? { red: 0, green: 0, blue: 0 }
        if (color.red === last.red && color.green === last.green && color.blue === last.blue) return
        this.#changes.push({ atMs, ...color })
        if (this.#changes.length > MAX_CHANGES_KEPT) this.#changes.shift()
    }

    #color(): Color {
        const [first, second, third] = this.#channels.map(({ value }) => (value * 255) >> 16)
        const sent = [first ?? 0, second ?? 0, third ?? 0] as const
        if (this.#kind === "rgb") return { red: sent[1], green: sent[0], blue: sent[2] }
        const level = sent.some(value => value > 0) ? 255 : 0
        return { red: level, green: level, blue: level }
    }

    /** What a person sees; no earlier than the last call. A light that can only be on or off is white or black. */
    colorAt(atMs: number): Color {
        this.#advance(atMs)
        return this.#color()
    }

    /** The last 1,000 changes of the colour up to the last call of `colorAt`, oldest first. */
    get changes(): readonly ColorChange[] {
        return this.#changes
    }

    /** The chip has stopped: the light goes out when it starts again, or at once without power. */
    stopped(atMs: number): void {
        this.#advance(atMs)
        this.#stepAtMs = undefined
        for (const channel of this.#channels) Object.assign(channel, newChannel())
        this.#note(atMs)
    }
}

const newChannel = (): Channel => ({ value: 0, speed: 0, target: 0 })

function step(channel: Channel): void {
    const value = channel.value + channel.speed
    const level = value >> 8
    const arrived =
        channel.speed === 0 ||
        (channel.speed < 0 && level < channel.target) ||
        (channel.speed > 0 && level > channel.target)
    channel.value = arrived ? channel.target << 8 : value
    if (arrived) channel.speed = 0
}
