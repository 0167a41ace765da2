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
        assert.deepEqual(JSON.parse(json).language, "en-GB")
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

    const browser = (language: string) => ({ accept: "text/html,*/*;q=0.8", "accept-language": language })

    it("that does not exist is a readable one in the reader's language, with a way to the rooms", async () => {
        const world = await openWorld()
        const titles = {
            en: ["There is no such page", "To the rooms"],
            de: ["Diese Seite gibt es nicht", "Zu den Räumen"],
            fr: ["Cette page n’existe pas", "Aller aux salles"],
            es: ["Esta página no existe", "Ir a las aulas"],
            it: ["Questa pagina non esiste", "Alle aule"],
            nl: ["Deze pagina bestaat niet", "Naar de lokalen"],
        }
        for (const [language, [title, way]] of Object.entries(titles))
            for (const [url, root] of [
                ["/nowhere", ""],
                ["/rooms/nowhere", "../"],
                ["/a/b/<i>?c", "../../"],
            ] as const) {
                const { statusCode, body } = await world.app.inject({ url, headers: browser(language) })
                assert.deepEqual([statusCode, languageIn(body)], [404, language], url)
                const html = body.replaceAll("&#x2F;", "/")
                for (const part of [
                    `<h1>${title}</h1>`,
                    `<a href="${root}./">${way}</a>`,
                    `"${root}assets/access.css"`,
                ])
                    assert.ok(html.includes(part), `${url}: ${part}`)
            }
        await world.end()
    })

    it("that a reader may not see says so, and the API replies with problems to everyone", async () => {
        const world = await openClosedWorld()
        const as = (url: string) =>
            world.app.inject({
                url,
                headers: { ...browser("fr"), authorization: `Bearer ${world.kitchenOnly}` },
            })
        const refused = await as("/school")
        assert.equal(refused.statusCode, 403)
        assert.match(refused.body, /<h1>Cette page ne vous est pas ouverte<.h1>/)
        for (const url of ["/api/v1/nowhere", "/api/v1/school/week"])
            assert.match(`${(await as(url)).headers["content-type"]}`, /^application\/problem\+json/)
        const elsewhere = await world.app.inject({ url: "/nowhere", headers: { accept: "application/json" } })
        assert.equal(JSON.parse(elsewhere.body).code, "ROUTE_UNKNOWN")
        await world.end()
    })

    it("is shown to nobody without a link: the way leads to the log-in page", async () => {
        const world = await openClosedWorld()
        const { statusCode, headers } = await world.get("/wall")
        assert.deepEqual([statusCode, headers.location], [303, "log-in"])
        await world.end()
    })
})
