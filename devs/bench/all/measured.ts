/** What a section of `airpin bench all` is told, and what it returns. */
import type { Resources } from "../../resources.ts"

export interface BenchContext {
    /** true: only what takes a few seconds of CPU */
    isQuick: boolean
    /** closed when the section has ended */
    resources: Resources
    /** file of a stock runtime; the one that `airpin image` downloaded if absent */
    firmware?: string | undefined
    onProgress(text: string): void
}

/** One figure of floors.json5. */
export interface Measured {
    id: string
    /** undefined if it was skipped */
    value?: number
    /** why it was not measured */
    skipped?: string
    /** what belongs to the value, for people */
    note?: string
}

/** Readings that the server had, by a time in seconds after the devices came back. */
export type StoredSeries = { atS: number; readings: number }[]

export interface SectionResult {
    figures: Measured[]
    recovery?: StoredSeries
}

export interface Section {
    name: string
    measure(context: BenchContext): Promise<SectionResult>
}

export const skipped = (ids: string[], reason: string): Measured[] => ids.map(id => ({ id, skipped: reason }))
