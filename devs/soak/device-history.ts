/** What a device logged about its readings during each boot, and how each boot ended. */
import type { DeviceEvent } from "../sim/chip/device-log.ts"
import { addLosses, type LossCounts } from "../sim/counters.ts"

export interface TakenReading {
    seq: number
    /** end of its interval: seconds of uptime, and true Unix seconds */
    endS: number
    timeS: number
    /** by quantity */
    values: Record<string, number>
}

/**
 * Why a boot ended: the power was cut ("torn": during a write of flash), the
 * firmware restarted the chip, the program stopped by itself, or the soak ended.
 */
export type BootEndCause = "cut" | "torn" | "restart" | "stop" | "end"

export interface BootHistory {
    /** the boot id that the server receives */
    id: string
    /** true: the firmware restarted the chip, so this boot continues the clock of the one before */
    continues: boolean
    /** number of the settings store it ran on: 0, and 1 more for each store that was lost */
    storeNumber: number
    /** true Unix seconds at uptime 0, as exactly as its readings show */
    offsetS: number
    /** in the order of their sequence numbers */
    readings: TakenReading[]
    /** sequence number of its newest reading in flash; 0: none */
    journaledSeq: number
    /** readings that it dropped, its own and those of earlier boots, by reason */
    lost: Readonly<Record<string, number>>
    end: { cause: BootEndCause; atS: number }
}

export interface DeviceHistory {
    boots: BootHistory[]
    /** how often the store was lost */
    storesLost: number
    /** errors that only the firmware's last handler caught; there should be none */
    firmwareErrors: string[]
}

type OpenBoot = Omit<BootHistory, "end"> & Partial<Pick<BootHistory, "end">>

/** Builds a history from the events of one device's log. */
export class HistoryRecorder {
    readonly #boots: OpenBoot[] = []
    readonly #firmwareErrors: string[] = []
    #losses: LossCounts = { lost: 0, lostBy: {} }
    #storesLost = 0

    /** @param atMs true time of the event, ms since the epoch */
    record(event: DeviceEvent, atMs: number): void {
        const { values } = event
        if (event.event === "boot") this.#begin(values, atMs)
        if (event.event === "fault") this.#firmwareErrors.push(`${values.fiber} ${values.error}`)
        if (event.event === "restart") this.#end("restart", atMs)
        if (event.event === "lost") addLosses(this.#losses, values)
        if (event.event === "reading") this.#addReading(values, atMs)
        if (event.event === "journal" && values.count) this.#currentBoot.journaledSeq = Number(values.seq)
    }

    /** @param isTorn true: the power was cut during a write of flash */
    recordPowerCut(atMs: number, isTorn: boolean): void {
        this.#end(isTorn ? "torn" : "cut", atMs)
    }

    /** The runtime found its store damaged and formatted it. */
    recordLostStore(): void {
        this.#storesLost++
    }

    /** The history, its last boot ended by the end of the soak unless it had ended before. */
    finish(atMs: number): DeviceHistory {
        const boots = this.#boots.map(boot => ({
            ...boot,
            end: boot.end ?? { cause: "end" as const, atS: atMs / 1000 },
        }))
        return { boots, storesLost: this.#storesLost, firmwareErrors: this.#firmwareErrors }
    }

    get #currentBoot(): OpenBoot {
        const boot = this.#boots.at(-1)
        if (!boot) throw new Error("the device logged an event before its first boot")
        return boot
    }

    #begin({ id, reason }: DeviceEvent["values"], atMs: number): void {
        if (!id) throw new Error("the device logged a boot without an id")
        this.#end("stop", atMs)
        this.#losses = { lost: 0, lostBy: {} }
        this.#boots.push({
            id,
            continues: reason !== "reset",
            storeNumber: this.#storesLost,
            offsetS: Math.floor(atMs / 1000),
            readings: [],
            journaledSeq: 0,
            lost: this.#losses.lostBy,
        })
    }

    #end(cause: BootEndCause, atMs: number): void {
        const last = this.#boots.at(-1)
        if (last) last.end ??= { cause, atS: atMs / 1000 }
    }

    #addReading({ seq, end, ...texts }: DeviceEvent["values"], atMs: number): void {
        const boot = this.#currentBoot
        const endS = Number(end)
        if (boot.readings.length === 0) boot.offsetS = Math.floor(atMs / 1000) - endS
        const values = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text)]))
        boot.readings.push({ seq: Number(seq), endS, timeS: boot.offsetS + endS, values })
    }
}
