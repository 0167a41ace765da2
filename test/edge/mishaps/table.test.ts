import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { isErrorCode } from "../../../certs/error-codes/table.ts"

const FOLDER = "test/edge/mishaps"
const read = (file: string) => readFileSync(file, "utf8")

interface Row {
    test: string
    exit: number
    code: string | undefined
}

/** The rows of each test file that the list of mishaps names. */
function rowsByFile(): Map<string, Row[]> {
    const sections = read("devs/edge/MISHAPS.md").split(/^## /m).slice(1)
    return new Map(sections.map(section => [/`(test\/\S+)`/.exec(section)![1]!, rowsOf(section)]))
}

function rowsOf(section: string): Row[] {
    const [, , ...lines] = section.split("\n").filter(line => line.startsWith("|"))
    return lines.map(line => {
        const [, , , ending = "", test = ""] = line.split("|").map(cell => cell.trim())
        const [exit, code] = ending.split(" ")
        return { test, exit: Number(exit), code }
    })
}

/** The titles of a test file: of `it`, and of the lists from which some are made. Each stands on a line of its own. */
const titlesIn = (file: string) => [...read(file).matchAll(/^ +(?:it\(|\[)"([^"]+)"/gm)].map(match => match[1]!)

/** The lines of a test; those of the disk's are in a script. */
function sourceOf(test: string): string {
    const text = files.map(read).find(source => source.includes(`"${test}"`)) ?? ""
    const [lines = ""] = text.slice(text.indexOf(`"${test}"`)).split(/^ +it\(/m)
    return lines.includes("results.") ? read(`${FOLDER}/support/disk-mishaps.ts`) : lines
}

const files = readdirSync(FOLDER)
    .filter(name => name.endsWith(".test.ts") && name !== "table.test.ts")
    .map(name => `${FOLDER}/${name}`)

describe("the list of mishaps", () => {
    const rows = rowsByFile()

    it("names every test, and no other", () => {
        assert.deepEqual([...rows.keys()].sort(), files.sort())
        for (const file of files) {
            const named = rows.get(file)!.map(({ test }) => test)
            assert.deepEqual(named.sort(), titlesIn(file).sort(), file)
        }
    })

    it("has at least 30 rows, each with an exit status and the code that its test expects", () => {
        const all = [...rows.values()].flat()
        assert.ok(all.length >= 30, `${all.length} rows`)
        for (const { test, exit, code } of all) {
            assert.ok([0, 1, 2, 10, 20, 137].includes(exit), `${test}: ${exit}`)
            if (code === undefined) continue
            assert.ok(isErrorCode(code), `${test}: ${code}`)
            assert.ok(sourceOf(test).includes(`"${code}"`), `the test "${test}" expects another code than ${code}`)
        }
    })
})
