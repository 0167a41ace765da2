import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import path from "node:path"
import { patchBoardConfig, readBoardConfig } from "../../devs/image/board-config.ts"
import { type Board, listBoards, readBoard } from "../../devs/image/boards.ts"
import { readFlashImage } from "../../devs/image/flash-image.ts"
import { readPartition } from "../../devs/image/runtime-partitions.ts"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import { buildFirmware } from "../support/firmware-image.ts"

const readme = readFileSync(path.join(projectDirectory, "boards/README.md"), "utf8")

/** The section of a board in boards/README.md. */
function sectionOf(id: string): string {
    return readme.split(/^(?=### )/m).find(section => section.startsWith(`### ${id}: `)) ?? ""
}

describe("the boards", () => {
    let boards: Board[]
    before(async () => {
        boards = await Promise.all((await listBoards()).map(readBoard))
    })

    it("are these", () => {
        assert.deepEqual(
            boards.map(({ id, chip }) => [id, chip]),
            [
                ["esp32_devkit", "esp32"],
                ["m5atom_lite", "esp32"],
                ["m5atom_s3_lite", "esp32s3"],
                ["m5stack_core", "esp32"],
                ["m5stack_core2", "esp32"],
                ["m5stack_cores3", "esp32s3"],
                ["m5stack_fire", "esp32"],
                ["m5stick_c_plus", "esp32"],
                ["xiao_esp32c3", "esp32c3"],
            ],
        )
    })

    it("have unique product ids and names", async () => {
        for (const key of ["productId", "devName"])
            assert.equal(new Set(boards.map(({ definition }) => definition[key])).size, boards.length)
    })

    it("are in the README, with the pins of their sensor port", async () => {
        for (const board of boards) {
            const image = readFlashImage(
                buildFirmware({
                    chip: board.chip,
                    apps: [{ dataBytes: 4096, codeBytes: 0, ramBytes: 1024, bundles: [] }],
                }),
            )
            const { i2c } = readBoardConfig(
                readPartition(readFlashImage(await patchBoardConfig(image, board)), "dcfg"),
            )!
            const [, sda, scl] = /^\| sensor +\|.*\| (\d+) \/ (\d+) +\|/m.exec(sectionOf(board.id)) ?? []
            assert.deepEqual([board.id, Number(sda), Number(scl)], [board.id, i2c?.sda, i2c?.scl])
        }
    })

    it("use the same label for the same part", () => {
        const labels = ["SDA", "SCL", "RGB", "LED", "BTNA", "BTNB", "BTNC", "BUZZER", "BOOT", "IR"]
        for (const { id, definition } of boards)
            for (const [label, gpio] of Object.entries(definition.pins as Record<string, number>))
                assert.ok(
                    labels.includes(label) || /^(LCD_\w+|D\d+)$/.test(label) || label === `P${gpio}`,
                    `${id}: ${label}`,
                )
    })

    it("are listed in the error about an unknown one", async () => {
        for (const id of ["m5stack", "../package", ""])
            await assert.rejects(readBoard(id), (error: Error & { code: string; nextStep: string }) => {
                assert.equal(error.code, "BOARD_UNKNOWN")
                assert.match(error.nextStep, /^use one of esp32_devkit, .*, xiao_esp32c3$/)
                return true
            })
    })
})
