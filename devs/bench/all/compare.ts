/** A run beside what was recorded. */
import { type Catalogue, type Figure, figuresOf } from "./catalogue.ts"
import type { Measured } from "./measured.ts"

/** `equal`: within the tolerance; `below`: worse than it allows; `speed`: depends on the machine, so not compared */
export type Verdict = "equal" | "better" | "below" | "speed" | "new" | "skipped"

export interface Compared extends Measured {
    figure: Figure
    verdict: Verdict
}

/**
 * In the order of the catalogue; figures that this run does not have are left out.
 *
 * @throws Error for a measured figure that the catalogue does not have
 */
export function compareRun(catalogue: Catalogue, measured: Measured[]): Compared[] {
    const byId = new Map(measured.map(each => [each.id, each]))
    const figures = figuresOf(catalogue)
    for (const id of byId.keys()) if (!figures.has(id)) throw new Error(`floors.json5 has no figure ${id}`)
    return [...figures].flatMap(([id, figure]) => {
        const found = byId.get(id)
        return found ? [{ ...found, figure, verdict: verdictOf(figure, found.value) }] : []
    })
}

export function verdictOf(figure: Figure, value: number | undefined): Verdict {
    const { recorded, tolerance, better } = figure
    if (value === undefined) return "skipped"
    if (recorded === null) return "new"
    if (tolerance === undefined) return "speed"
    const margin = Math.abs(recorded) * tolerance
    if (Math.abs(value - recorded) <= margin) return "equal"
    return value > recorded === (better === "higher") ? "better" : "below"
}

/** The worst value that is not below the floor; undefined where nothing is compared. */
export function floorOf({ recorded, tolerance, better }: Figure): number | undefined {
    if (recorded === null || tolerance === undefined) return undefined
    return recorded * (better === "higher" ? 1 - tolerance : 1 + tolerance)
}
