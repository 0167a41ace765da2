/** What a device said of its readings in all its starts, and how each start ended. */
import type { DeviceEvent } from "../sim/chip/device-log.ts"

export interface TakenReading {
    seq: number
    /** end of its interval: seconds of uptime, and true Unix seconds */
    endS: number
    timeS: number
    /** by quantity */
    values: Record<string, number>
}

/** Why a start of the program ended; "torn" is a power cut within a write of flash, "end" the end of the soak, "stop" one of its own accord. */
export type BootEnd = "cut" | "torn" | "restart" | "stop" | "end"

export interface BootHistory {
    /** the boot id of the wire */
    id: string
    /** true when the start before restarted the chip, or says that it did */
    continues: boolean
    /** starts of one store have one number; a store that was lost begins a new one */
    storeNumber: number
    /** true Unix seconds at uptime 0, as near as its readings tell */
    offsetS: number
    /** in the order of their sequence numbers */
    readings: TakenReading[]
    /** newest reading of this start that lies in flash; 0 for none */
    journaledSeq: number
    /** readings it gave up, its own and those of former starts, by reason */
    lost: Record<string, number>
    end?: { how: BootEnd; atS: number }
}

export class DeviceHistory {
    readonly boots: BootHistory[] = []
    /** how often the store was lost */
    storesLost = 0
    /** what the firmware caught at its last line: none should be there */
    readonly firmwareErrors: string[] = []
    #lostTotal = 0

    /** Enters what the device says at a moment of true time. */
    record({ event, values }: DeviceEvent, atMs: number): void {
        if (event === "boot") return this.#begin(values.id!, values.reason !== "reset", atMs)
        if (event === "fault") this.firmwareErrors.push(`${values.fiber} ${values.error}`)
        if (event === "restart") this.#end("restart", atMs)
        if (event === "reading") this.#take(values, atMs)
        if (event === "journal" && values.count) this.#last.journaledSeq = Number(values.seq)
        if (event === "lost") this.#lose(values.reason!, Number(values.total))
    }

    /** The power goes. @param isTorn within a write of flash */
    cut(atMs: number, isTorn: boolean): void {
        this.#end(isTorn ? "torn" : "cut", atMs)
    }

    /** The runtime has found its store damaged, and made a new one. */
    loseStore(): void {
        this.storesLost++
    }

    /** The soak is over. */
    close(atMs: number): void {
        this.#end("end", atMs)
    }

    get #last(): BootHistory {
        return this.boots.at(-1)!
    }

    #begin(id: string, continues: boolean, atMs: number): void {
        this.#end("stop", atMs)
        this.#lostTotal = 0
        this.boots.push({
            id,
            continues,
            storeNumber: this.storesLost,
            offsetS: Math.floor(atMs / 1000),
            readings: [],
            journaledSeq: 0,
            lost: {},
        })
    }

    #end(how: BootEnd, atMs: number): void {
        const last = this.boots.at(-1)
        if (last) last.end ??= { how, atS: atMs / 1000 }
    }

    #take({ seq, end, ...texts }: Record<string, string>, atMs: number): void {
        const start = this.#last
        const endS = Number(end)
        if (start.readings.length === 0) start.offsetS = Math.floor(atMs / 1000) - endS
        const values = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text)]))
        start.readings.push({ seq: Number(seq), endS, timeS: start.offsetS + endS, values })
    }

    #lose(reason: string, total: number): void {
        const { lost } = this.#last
        lost[reason] = (lost[reason] ?? 0) + total - this.#lostTotal
        this.#lostTotal = total
    }
}
