import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { type Text, type Texts, translator } from "../../../devs/api/page/shared/text.ts"
import { languages } from "../../../devs/api/pages/language.ts"

const pageRoot = new URL("../../../devs/api/page/", import.meta.url)
const textsRoot = new URL("texts/", pageRoot)
const read = (file: string) => readFileSync(new URL(file, pageRoot), "utf8")
const textsOf = (language: string, file: string): Texts => JSON.parse(read(`texts/${language}/${file}`))
const formsOf = (text: Text) => (typeof text === "string" ? [text] : Object.values(text))
const placeholdersOf = (form: string) => (form.match(/\{\w+\}/g) ?? []).sort()

describe("the texts of the pages", () => {
    const files = readdirSync(new URL("en/", textsRoot))

    for (const language of Object.keys(languages))
        it(`are all there in ${language}, with the same placeholders and every plural form of the language`, () => {
            const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
            const own = readdirSync(new URL(`${language}/`, textsRoot))
            assert.deepEqual(own.sort(), files.sort())
            for (const file of own) {
                const [english, texts] = [textsOf("en", file), textsOf(language, file)]
                assert.deepEqual(Object.keys(texts).sort(), Object.keys(english).sort(), file)
                for (const [key, text] of Object.entries(texts)) {
                    const allowed = new Set(formsOf(english[key]!).flatMap(placeholdersOf))
                    for (const form of formsOf(text)) {
                        assert.ok(form.trim().length > 0, `${key} is empty`)
                        for (const name of placeholdersOf(form)) assert.ok(allowed.has(name), `${key}: ${name}`)
                    }
                    if (typeof text === "string") continue
                    for (const category of pluralCategories)
                        assert.ok(text[category] ?? text.other, `${key}: ${category}`)
                }
            }
        })

    it("write CO₂ in one way", () => {
        for (const language of Object.keys(languages))
            for (const file of files)
                for (const [key, text] of Object.entries(textsOf(language, file)))
                    for (const form of formsOf(text)) assert.doesNotMatch(form, /CO2(?!_)/i, `${language} ${key}`)
    })

    it("keep French punctuation on the line of its word", () => {
        for (const file of files)
            for (const [key, text] of Object.entries(textsOf("fr", file)))
                for (const form of formsOf(text)) assert.doesNotMatch(form, / [:;!?%»]|« /, key)
    })

    it("exist for each key that a page names, and each key is named", () => {
        const sources = readdirSync(pageRoot, { recursive: true, encoding: "utf8" })
            .filter(file => /\.(ts|mustache)$/.test(file))
            .map(read)
        const served = readdirSync(new URL("../pages/", pageRoot)).filter(file => file.endsWith(".ts"))
        const code = [...sources, ...served.map(file => read(`../pages/${file}`))].join("\n")
        const keys = files.flatMap(file => Object.keys(textsOf("en", file)))
        const named =
            code.match(/(?<=["`>])(shared|wall|room|school|care|access)\.[\w.]+(?<!\.(?:js|css))(?=["`<])/g) ?? []
        for (const key of named) assert.ok(keys.includes(key), `${key} is missing`)
        for (const key of keys) {
            const [last = ""] = key.split(".").slice(-1)
            const stem = key.slice(0, -last.length)
            assert.ok(code.includes(key) || code.includes(`\`${stem}\${`), `${key} is not used`)
        }
    })
})

describe("a text", () => {
    const texts = {
        "wall.bad": { one: "{count} room: {rooms}", other: "{count} rooms: {rooms}" },
        "wall.air": "{ppm} ppm",
    }

    it("has its values, numbers as the language writes them", () => {
        assert.equal(translator("en", texts)("wall.air", { ppm: 1620 }), "1,620 ppm")
        assert.equal(translator("de", texts)("wall.air", { ppm: 1620 }), "1.620 ppm")
    })

    it("has a form for one and for many", () => {
        const t = translator("en", texts)
        assert.equal(t("wall.bad", { count: 1, rooms: "103" }), "1 room: 103")
        assert.equal(t("wall.bad", { count: 3, rooms: "103, 107, gym" }), "3 rooms: 103, 107, gym")
    })

    it("that is missing is an error", () => {
        assert.throws(() => translator("en", texts)("wall.none"), /no text wall\.none/)
    })
})
