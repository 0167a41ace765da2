/** The boards of the project, `boards/<id>.board.json`: the one file of this folder that reads them from the disk. */
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { projectDirectory } from "../vm/build-cache.ts"
import { type Chip, chipNames } from "./chip.ts"

const SUFFIX = ".board.json"

export interface Board {
    /** name of its file */
    id: string
    /** its name for people */
    devName: string
    /** its runtime's file begins at the `bootloaderAt` of this chip */
    chip: Chip
    /** the whole board file, `id` included */
    definition: Record<string, unknown>
}

/** The ids of all boards, ascending. */
export async function listBoards(): Promise<string[]> {
    const names = await readdir(path.join(projectDirectory, "boards"))
    return names
        .filter(name => name.endsWith(SUFFIX))
        .map(name => name.slice(0, -SUFFIX.length))
        .sort()
}

/** @throws AirpinError BOARD_UNKNOWN, BOARD_INVALID when its file is no board of a known chip */
export async function readBoard(id: string): Promise<Board> {
    const known = await listBoards()
    if (!known.includes(id))
        throw new AirpinError("BOARD_UNKNOWN", `there is no board "${id}"`, `one of ${known.join(", ")}`)
    const definition = { ...parse(await readFile(path.join(projectDirectory, "boards", id + SUFFIX), "utf8"), id), id }
    const { devName, archId } = definition as Record<string, unknown>
    if (typeof devName !== "string" || !isChip(archId))
        throw invalidBoard(id, `its devName is ${devName}, its archId ${archId}`)
    return { id, devName, chip: archId, definition }
}

function parse(text: string, id: string): Record<string, unknown> {
    try {
        return Object(JSON.parse(text)) as Record<string, unknown>
    } catch (cause) {
        throw invalidBoard(id, (cause as Error).message, cause)
    }
}

const isChip = (archId: unknown): archId is Chip => chipNames.some(chip => chip === archId)

/** BOARD_INVALID, with what is wrong. */
export function invalidBoard(id: string, problem: string, cause?: unknown): AirpinError {
    return new AirpinError(
        "BOARD_INVALID",
        `boards/${id}${SUFFIX}: ${problem}`,
        "mend the file; boards/README.md shows others",
        { cause },
    )
}
