import assert from "node:assert/strict"
import { openClosedWorld } from "../security/closed-world.ts"
import { openWorld } from "../support/world.ts"

const languageIn = (html: string) => /<html lang="(\w+)"/.exec(html)?.[1]
const themeIn = (html: string) => /data-theme="(\w+)"/.exec(html)?.[1]

describe("a page", () => {
    for (const [what, headers, expected] of [
        ["the reader's choice", { cookie: "language=de; theme=dark", "accept-language": "en" }, ["de", "dark"]],
        [
            "the browser's first language that there is",
            { "accept-language": "pl, de-AT;q=0.9, en;q=0.5" },
            ["de", "auto"],
        ],
        ["the one of most weight", { "accept-language": "en;q=0.5, de;q=0.8, fr;q=0" }, ["de", "auto"]],
        [
            "English, if none of them is there",
            { "accept-language": "pl", cookie: "language=xx; theme=pink" },
            ["en", "auto"],
        ],
    ] as const)
        it(`is in ${what}`, async () => {
            const world = await openWorld()
            const { body } = await world.app.inject({ url: "/wall", headers })
            assert.deepEqual([languageIn(body), themeIn(body)], expected)
            await world.end()
        })

    it("has its data where no text in it can end the script element, and loads script and style from this server", async () => {
        const world = await openWorld()
        const { body } = await world.get("/wall")
        const [, json = ""] = /<script id="page-data" type="application\/json">(.*?)<\/script>/.exec(body) ?? []
        assert.deepEqual(JSON.parse(json).language, "en")
        assert.ok(!json.includes("<"))
        for (const [file, type] of [
            ["wall.js", "text/javascript"],
            ["wall.css", "text/css"],
        ] as const) {
            assert.ok(body.includes(`"assets/${file}"`))
            const response = await world.get(`/assets/${file}`)
            assert.match(String(response.headers["content-type"]), new RegExp(type))
            const headers = { "if-none-match": String(response.headers.etag) }
            assert.equal((await world.app.inject({ url: `/assets/${file}`, headers })).statusCode, 304)
        }
        assert.equal((await world.get("/assets/wall.ts")).statusCode, 404)
        for (const path of ["/wall/main.ts", "/wall/wall.mustache", "/texts/en/wall.json", "/tsconfig.json"])
            assert.equal((await world.get(path)).statusCode, 404, path)
        await world.end()
    })

    it("is shown to nobody without a link: the way leads to the log-in page", async () => {
        const world = await openClosedWorld()
        const { statusCode, headers } = await world.get("/wall")
        assert.deepEqual([statusCode, headers.location], [303, "log-in"])
        await world.end()
    })
})
