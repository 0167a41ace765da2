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

    it("are those of the README's table, with their chip", () => {
        const rows = [...readme.matchAll(/^\| `(\w+)` +\| (\w+) +\| \d+ \/ \d+ +\|/gm)]
        assert.ok(boards.length > 0)
        assert.deepEqual(
            rows.map(([, id, chip]) => [id, chip]).sort(),
            boards.map(({ id, chip }) => [id, chip]),
        )
        const sections = [...readme.matchAll(/^### (\w+): /gm)].map(([, id]) => id)
        assert.deepEqual(sections.sort(), rows.map(([, id]) => id).sort())
    })

    it("have unique product ids and names", async () => {
        for (const key of ["productId", "devName"])
            assert.equal(new Set(boards.map(({ definition }) => definition[key])).size, boards.length)
    })

    it("have the pins of their sensor port in the README's table and section", async () => {
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
            assert.match(readme, new RegExp(`^\\| \`${board.id}\` +\\| \\w+ +\\| ${i2c?.sda} / ${i2c?.scl} +\\|`, "m"))
        }
    })

    it("use the same label for the same part", () => {
        const labels = /Labels: ([A-Z, ]+)\./.exec(readme)?.[1]?.split(", ") ?? []
        assert.ok(labels.includes("SDA"))
        for (const { id, definition } of boards)
            for (const [label, gpio] of Object.entries(definition.pins as Record<string, number>))
                assert.ok(
                    labels.includes(label) || /^((LCD|PMU)_\w+|D\d+)$/.test(label) || label === `P${gpio}`,
                    `${id}: ${label}`,
                )
    })

    it("have the GPIOs of screen, power chip, buttons and buzzer in the README's section", async () => {
        for (const { id, definition } of boards) {
            const rows = [...sectionOf(id).matchAll(/\| +([\d, ]+?) +\| +([A-Z_, ]+?) +\|$/gm)]
            const named = rows.flatMap(([, gpios = "", labels = ""]) => {
                const numbers = gpios.split(", ").map(Number)
                return labels.split(", ").map((label, at) => [label, numbers[at]] as const)
            })
            for (const [label, gpio] of named)
                assert.deepEqual([id, label, gpio], [id, label, Object(definition.pins)[label]])
            const shown = named.map(([label]) => label)
            // The Fire's section refers to the Core's.
            for (const label of id === "m5stack_fire" ? [] : Object.keys(Object(definition.pins)))
                if (/^(LCD|PMU|BTN|BUZZER)/.test(label)) assert.ok(shown.includes(label), `${id}: ${label}`)
        }
    })

    it("are listed in the error about an unknown one", async () => {
        for (const id of ["m5stack", "../package", ""])
            await assert.rejects(readBoard(id), (error: Error & { code: string; nextStep: string }) => {
                assert.equal(error.code, "BOARD_UNKNOWN")
                assert.equal(error.nextStep, `use one of ${boards.map(board => board.id).join(", ")}`)
                return true
            })
    })
})
