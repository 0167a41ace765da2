/**
 * The buzzer: on the chip a service of the runtime itself, which sets the PWM (jacdac-c `services/buzzer.c`,
 * devicescript-esp32 `main/led.c`); here a device on the runtime's bus, for which the program finds its role in the
 * same way. Service 0x1b57b1d7.
 */
import { BusDevice } from "../../vm/bus-device.ts"
import type { Packet } from "../../vm/jacdac-frames.ts"
import type { Machine } from "../../vm/machine.ts"
import type { ProblemLog } from "./problems.ts"

const DEVICE_ID = "b0b1b2b3b4b50718"
const BUZZER_CLASS = 0x1b57b1d7
const PLAY_TONE = 0x80
const PLAY_TONE_BYTES = 6
/** register `volume`, 0 to 255 */
const GET_VOLUME = 0x1001
const SET_VOLUME = 0x2001
const FULL_VOLUME = 255

const MAX_TONES_KEPT = 1000

export interface Tone {
    atMs: number
    /** of the PWM */
    hz: number
    /** part of the period in which the pin is driven, volume included; 0.5 is loudest */
    duty: number
    /** until the next tone at most */
    ms: number
}

export class Buzzer extends BusDevice {
    readonly #tones: Tone[] = []
    readonly #problems: ProblemLog
    #volume = FULL_VOLUME

    constructor(problems: ProblemLog) {
        super(DEVICE_ID, BUZZER_CLASS)
        this.#problems = problems
    }

    /** The last 1,000, oldest first. */
    get tones(): readonly Tone[] {
        return this.#tones
    }

    /** The tone that sounds at this moment. */
    soundAt(atMs: number): Tone | undefined {
        const tone = this.#tones.findLast(({ atMs: startMs }) => startMs <= atMs)
        return tone && atMs < tone.atMs + tone.ms ? tone : undefined
    }

    /** The chip has stopped, and the tone with it. */
    stopped(atMs: number): void {
        const tone = this.soundAt(atMs)
        if (tone) tone.ms = atMs - tone.atMs
    }

    protected override handle({ command, data }: Packet, machine: Machine, nowMs: number): void {
        if (command === PLAY_TONE && data.length >= PLAY_TONE_BYTES) this.#play(data, nowMs)
        else if (command === SET_VOLUME && data.length > 0) this.#volume = data.readUInt8(0)
        else if (command === GET_VOLUME) this.report(machine, command, Buffer.of(this.#volume))
    }

    #play(data: Buffer, atMs: number): void {
        const periodUs = data.readUInt16LE(0)
        const dutyUs = data.readUInt16LE(2)
        const ms = data.readUInt16LE(4)
        if (periodUs === 0)
            return void this.#problems.add("tone", "a period of 0 µs, with which the chip crashes", atMs)
        if (dutyUs > periodUs) this.#problems.add("tone", `driven for ${dutyUs} µs of ${periodUs} µs`, atMs)
        this.stopped(atMs)
        this.#tones.push({ atMs, hz: 1e6 / periodUs, duty: ((dutyUs * this.#volume) >> 8) / periodUs, ms })
        if (this.#tones.length > MAX_TONES_KEPT) this.#tones.shift()
    }
}
