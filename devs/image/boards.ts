/** The boards of the project: `boards/<id>.board.json`. Only this file of the folder reads them from the disk. */
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { projectDirectory } from "../vm/build-cache.ts"
import { type Chip, chipNames } from "./chip.ts"

const SUFFIX = ".board.json"

export interface Board {
    /** name of its file without `.board.json` */
    id: string
    /** its name for people, such as "M5Stack Fire" */
    devName: string
    /** the runtime for this chip begins at the chip's `bootloaderAt` */
    chip: Chip
    /** the whole board file, `id` included */
    definition: Record<string, unknown>
}

/** The ids of all boards, in ascending order. */
export async function listBoards(): Promise<string[]> {
    const names = await readdir(path.join(projectDirectory, "boards"))
    return names
        .filter(name => name.endsWith(SUFFIX))
        .map(name => name.slice(0, -SUFFIX.length))
        .sort()
}

/** @throws AirpinError BOARD_UNKNOWN, BOARD_INVALID if its file is not JSON or names no supported chip */
export async function readBoard(id: string): Promise<Board> {
    const known = await listBoards()
    if (!known.includes(id))
        throw new AirpinError("BOARD_UNKNOWN", `there is no board "${id}"`, `use one of ${known.join(", ")}`)
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

/** A BOARD_INVALID error about this board's file. */
export function invalidBoard(id: string, problem: string, cause?: unknown): AirpinError {
    return new AirpinError("BOARD_INVALID", `boards/${id}${SUFFIX}: ${problem}`, { cause })
}
