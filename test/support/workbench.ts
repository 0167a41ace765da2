/** The firmware on a virtual chip with simulated sensors on its bus, and without a network unless one is given. */
import type { Air } from "../../devs/sim/air/air.ts"
import type { DeviceEvent } from "../../devs/sim/chip/device-log.ts"
import { I2cBus } from "../../devs/sim/sensors/i2c.ts"
import { Scd4x } from "../../devs/sim/sensors/scd4x.ts"
import { Scd30 } from "../../devs/sim/sensors/scd30.ts"
import { Sgp30 } from "../../devs/sim/sensors/sgp30.ts"
import { Sht3x } from "../../devs/sim/sensors/sht3x.ts"
import type { Machine, MachineOptions } from "../../devs/vm/machine.ts"
import { type Booted, boot, flashWith, START_MS } from "./program.ts"

export type Values = Record<string, string>
export type Part = "scd4x" | "sgp30" | "scd30" | "sht3x"

/** Short intervals, so that tests need little time. */
const INTERVAL_S = "10"

export class Workbench {
    readonly bus = new I2cBus()
    /** air around all sensors; may be changed at any time */
    air: Air = { co2Ppm: 721, temperatureC: 23.18, humidityRh: 27.27, tvocPpb: 150 }
    /** air of single sensors instead */
    airOf: { [part in Part]?: Air } = {}
    readonly scd4x = new Scd4x(this.#partIn("scd4x"))
    readonly sgp30 = new Sgp30(this.#partIn("sgp30"))
    readonly scd30 = new Scd30(this.#partIn("scd30"))
    readonly sht3x = new Sht3x(this.#partIn("sht3x"))
    readonly panics: number[] = []
    /** its main file */
    program = "src/main.ts"
    /** current content of the flash */
    flash: Uint8Array = new Uint8Array()
    #booted: Booted | undefined

    /** Switched off, with these sensors on the bus. */
    constructor(parts: Part[] = ["scd4x", "sgp30"]) {
        for (const part of parts) this.bus.attach(this[part])
    }

    #partIn(part: Part) {
        return { air: { airAt: () => this.airOf[part] ?? this.air }, poweredAtMs: START_MS }
    }

    /** Switches the device on with these settings in its flash, or with the given flash. */
    async powerUp(settings: Record<string, string> = {}, options: Partial<MachineOptions> = {}): Promise<this> {
        this.flash = options.flash ?? flashWith({ INTERVAL_S, ...settings })
        this.#booted = await boot(
            this.program,
            {
                transferI2c: (...transfer) => this.bus.transfer(...transfer),
                onPanic: code => this.panics.push(code),
                onFlash: bytes => (this.flash = bytes),
                ...options,
                flash: this.flash.slice(),
            },
            this.nowMs,
        )
        return this
    }

    /** Cuts the power of chip and sensors for this long. Flash and the sensors' non-volatile memory are kept. */
    async cutPower(seconds: number, options: Partial<MachineOptions> = {}): Promise<void> {
        this.#booted!.clock.nowMs += 1000 * seconds
        for (const part of [this.scd4x, this.sgp30, this.scd30, this.sht3x]) part.powerOn(this.nowMs)
        await this.powerUp({}, { ...options, flash: this.flash })
    }

    set afterRound(what: () => void) {
        this.#booted!.afterRound = what
    }

    /** Lets time pass in one step: nothing runs meanwhile. */
    skipSeconds(seconds: number): void {
        this.#booted!.clock.nowMs += 1000 * seconds
    }

    runSeconds(seconds: number): void {
        this.#booted!.runFor(seconds * 1000)
    }

    /**
     * Runs until the program restarts the chip, at most `seconds`, and boots it again.
     *
     * @returns seconds until the restart; undefined if there was none
     */
    async runToRestart(seconds: number, options: Partial<MachineOptions> = {}): Promise<number | undefined> {
        const startMs = this.nowMs
        this.runSeconds(seconds)
        if (!this.#booted!.rebooted) return undefined
        const tookS = (this.nowMs - startMs) / 1000
        await this.powerUp({}, { ...options, flash: this.flash })
        return tookS
    }

    get machine(): Machine {
        return this.#booted!.machine
    }

    get nowMs(): number {
        return this.#booted?.clock.nowMs ?? START_MS
    }

    get log(): string[] {
        return this.#booted!.log
    }

    get events(): DeviceEvent[] {
        return this.#booted!.events
    }

    /** Values of the events with this name, oldest first. */
    logged(name: string): Values[] {
        return this.events.filter(({ event }) => event === name).map(({ values }) => values)
    }

    /** States that a sensor went through. */
    states(name: string): string[] {
        return this.logged("sensor").flatMap(values => (values.name === name ? (values.state ?? []) : []))
    }

    /** The errors of a sensor that were logged: kind and count. */
    errors(name: string): string[] {
        return this.logged("sensor").flatMap(values =>
            values.name === name && values.error ? `${values.error} ${values.count}` : [],
        )
    }

    /** Quantities of each reading since event number `from`. */
    quantitiesSince(from: number): string[][] {
        const readings = this.events.slice(from).filter(({ event }) => event === "reading")
        return readings.map(({ values }) => Object.keys(values).slice(2))
    }
}
