/** The boards of the project, `boards/<id>.board.json`: the one file of this folder that reads them from the disk. */
import { readdir, readFile } from "node:fs/promises"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { projectDirectory } from "../vm/firmware.ts"

const SUFFIX = ".board.json"

/** Where in flash the file of a chip's runtime begins: `binFlashOffset` of devicescript-esp32, `boards/<chip>/arch.json`. */
const flashOffsets = { esp32: 0x1000, esp32s2: 0x1000, esp32c3: 0, esp32s3: 0 } as const

export type ArchId = keyof typeof flashOffsets

export interface Board {
    /** name of its file */
    id: string
    /** its name for people */
    devName: string
    /** the chip */
    archId: ArchId
    /** where in flash the file of its runtime begins */
    flashOffset: number
    /** the whole board file, `id` included */
    definition: Record<string, unknown>
}

/** The ids of all boards, ascending. */
export async function listBoards(): Promise<string[]> {
    const names = await readdir(path.join(projectDirectory, "boards"))
    return names.filter(name => name.endsWith(SUFFIX)).map(name => name.slice(0, -SUFFIX.length)).sort()
}

/** @throws AirpinError BOARD_UNKNOWN, BOARD_INVALID when its file is no board of a known chip */
export async function readBoard(id: string): Promise<Board> {
    const known = await listBoards()
    if (!known.includes(id)) throw new AirpinError("BOARD_UNKNOWN", `there is no board "${id}"`, `one of ${known.join(", ")}`)
    const definition = { ...parse(await readFile(path.join(projectDirectory, "boards", id + SUFFIX), "utf8"), id), id }
    const { devName, archId } = definition as Record<string, unknown>
    if (typeof devName !== "string" || !isArchId(archId)) throw invalidBoard(id, `its devName is ${devName}, its archId ${archId}`)
    return { id, devName, archId, flashOffset: flashOffsets[archId], definition }
}

function parse(text: string, id: string): Record<string, unknown> {
    try {
        return Object(JSON.parse(text)) as Record<string, unknown>
    } catch (cause) {
        throw invalidBoard(id, (cause as Error).message, cause)
    }
}

const isArchId = (value: unknown): value is ArchId => Object.keys(flashOffsets).some(known => known === value)

/** BOARD_INVALID, with what is wrong. */
export function invalidBoard(id: string, problem: string, cause?: unknown): AirpinError {
    return new AirpinError("BOARD_INVALID", `boards/${id}${SUFFIX}: ${problem}`, "mend the file; boards/README.md shows others", { cause })
}
