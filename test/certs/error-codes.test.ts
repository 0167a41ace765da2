import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { AirpinError } from "../../certs/error.ts"
import { errorAreas, errorRow, isErrorCode } from "../../certs/error-codes/table.ts"

const TABLE = path.join("certs", "error-codes")
const THROWN = /new AirpinError\(\s*"([^"]+)"/g
/** any text of this form may be a code that reaches its throw, or a reply, through a variable */
const CODE = /"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"/g
/** a code that is only compared is not thrown there */
const COMPARISON = /[!=]== "[A-Z0-9_]+"/g
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm

/** What a next step may begin with, as an imperative does. */
const verbs =
    "add ask build change check choose close compare copy correct detach download enable find flash free get give have hold \
install join keep leave log make name pass pin plug press remove rename renew report restore run save say see send set shorten \
sort start stop swap try unplug use wait write".split(/ /)

/** The sources outside the table, without comments and comparisons. */
const sources = ["certs", "devs"]
    .flatMap(folder => readdirSync(folder, { recursive: true, encoding: "utf8" }).map(name => path.join(folder, name)))
    .filter(file => file.endsWith(".ts") && path.dirname(file) !== TABLE)
    .map(file => readFileSync(file, "utf8").replaceAll(COMMENT, "").replaceAll(COMPARISON, ""))

const textsOf = (pattern: RegExp) =>
    new Set(sources.flatMap(text => [...text.matchAll(pattern)].map(match => match[1]!)))

const rows = Object.values(errorAreas).flatMap(area => Object.entries(area))
const codes = rows.map(([code]) => code)

describe("the table of error codes", () => {
    it("has a row for every code that is thrown", () => {
        const thrown = textsOf(THROWN)
        assert.ok(thrown.size > 150, `${thrown.size} codes found`)
        assert.deepEqual(
            [...thrown].filter(code => !isErrorCode(code)),
            [],
        )
    })

    it("has no row for a code that nothing throws or sends", () => {
        const used = textsOf(CODE)
        assert.deepEqual(
            codes.filter(code => !used.has(code)),
            [],
        )
    })

    it("has each code once", () => {
        assert.deepEqual(codes, [...new Set(codes)])
    })

    it("has an exit status, an HTTP status or both for every code, a sentence and a next step", () => {
        for (const [code, { exit, http, what, next }] of codes
            .filter(isErrorCode)
            .map(code => [code, errorRow(code)] as const)) {
            assert.ok(exit !== undefined || http !== undefined, code)
            assert.match(what, /^\S.+\.$/, code)
            assert.match(next, /^\S.*[^.]$/, code)
            assert.ok(verbs.includes(next.replace(/ .*/, "")), `${code}: "${next}" begins with no verb of the list`)
        }
    })

    it("gives its next step to an error without one", () => {
        assert.equal(new AirpinError("PEM_EMPTY", "x").nextStep, errorRow("PEM_EMPTY").next)
        assert.equal(new AirpinError("PEM_EMPTY", "x", "do this").nextStep, "do this")
    })
})
