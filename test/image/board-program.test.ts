import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import path from "node:path"
import { hasScreen, type Program, programFor, programs } from "../../devs/image/board-program.ts"
import { type Board, readBoard } from "../../devs/image/boards.ts"
import { projectDirectory } from "../../devs/vm/build-cache.ts"

describe("the program of a board", () => {
    it("is one of the main files of src", () => {
        for (const file of Object.values(programs)) assert.ok(existsSync(path.join(projectDirectory, file)), file)
    })

    it("has light and screen only where the board has them", async () => {
        const expected: Record<string, Program> = {
            xiao_esp32c3: "plain",
            m5atom_lite: "light",
            esp32_devkit: "light",
            m5stack_core: "screen",
            m5stack_fire: "screen",
            m5stack_core2: "powered",
            m5stack_cores3: "powered",
            m5stick_c_plus: "stick",
        }
        for (const [id, program] of Object.entries(expected)) assert.equal(programFor(await readBoard(id)), program, id)
    })

    it("shows the pins on each board with a screen", async () => {
        for (const id of ["m5stack_core", "m5stack_core2", "m5stick_c_plus"])
            assert.equal(hasScreen(await readBoard(id)), true, id)
        assert.equal(hasScreen(await readBoard("m5atom_lite")), false)
    })

    it("is the light's for a buzzer alone, and the plain one for a board without pins", () => {
        const board = (definition: object) => ({ definition }) as Board
        assert.equal(programFor(board({ pins: { BUZZER: 2 } })), "light")
        assert.equal(programFor(board({})), "plain")
    })
})
