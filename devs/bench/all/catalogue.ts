/** The figures of floors.json5: what each means, what was recorded, and by how much a run may differ. */
import { fileURLToPath } from "node:url"
import JSON5 from "json5"
import { AirpinError } from "../../../certs/error.ts"
import { readFileBytes } from "../../files.ts"

export interface Figure {
    what: string
    /** "" of a ratio or a count */
    unit: string
    /** null: not measured yet */
    recorded: number | null
    /** share of the recorded value; absent: it depends on the machine's speed, and is not compared */
    tolerance?: number
    better: "lower" | "higher"
    /** reason for the tolerance */
    why: string
}

export interface Group {
    title: string
    /** a sentence or two before its table */
    about: string
    figures: Record<string, Figure>
}

export interface Catalogue {
    /** the machine and the versions of the recorded values */
    measuredOn: string
    groups: Group[]
}

export const FLOORS_FILE = fileURLToPath(new URL("../floors.json5", import.meta.url))

/** @throws AirpinError FILE_UNREADABLE, FLOORS_INVALID */
export async function readCatalogue(file: string): Promise<Catalogue> {
    const text = (await readFileBytes(file)).toString()
    return parseCatalogue(text, file)
}

/** @throws AirpinError FLOORS_INVALID */
export function parseCatalogue(text: string, file: string): Catalogue {
    const parsed = parseJson(text, file)
    if (typeof parsed.measuredOn !== "string" || !Array.isArray(parsed.groups))
        throw new AirpinError("FLOORS_INVALID", `${file}: measuredOn or groups is missing`)
    const groups = parsed.groups as Group[]
    for (const { figures } of groups)
        for (const [id, figure] of Object.entries(figures ?? {})) {
            const problem = problemOf(figure)
            if (problem) throw new AirpinError("FLOORS_INVALID", `${file}: ${id}: ${problem}`)
        }
    return { measuredOn: parsed.measuredOn, groups }
}

/** The members of the document; nothing is known about them. */
function parseJson(text: string, file: string): Record<string, unknown> {
    try {
        return Object(JSON5.parse(text)) as Record<string, unknown>
    } catch (cause) {
        throw new AirpinError("FLOORS_INVALID", `${file}: ${cause instanceof Error ? cause.message : cause}`)
    }
}

function problemOf(figure: Figure): string | undefined {
    const { what, unit, recorded, tolerance, better, why } = Object(figure) as Partial<Figure>
    if (!what || !why || unit === undefined) return "what, unit or why is missing"
    if (recorded !== null && !Number.isFinite(recorded)) return "recorded is neither a number nor null"
    if (tolerance !== undefined && !(tolerance >= 0 && tolerance < 1)) return "tolerance is not from 0 to 1"
    if (better !== "lower" && better !== "higher") return 'better is neither "lower" nor "higher"'
    return undefined
}

/** Every figure by its id. */
export function figuresOf({ groups }: Catalogue): Map<string, Figure> {
    return new Map(groups.flatMap(({ figures }) => Object.entries(figures)))
}
