import assert from "node:assert/strict"
import { createStore } from "../../devs/image/fstor.ts"
import { FLASH_BYTES, type Interview, interview } from "../support/program.ts"
import { type Values, Workbench } from "../support/workbench.ts"

const TOKEN = "tok_0123456789abcdef"
const good = { API_URL: "https://air.example", API_TOKEN: TOKEN }

describe("the firmware's settings", () => {
    /** Runs the firmware with these settings for two minutes. */
    async function start(settings: Record<string, string>): Promise<Workbench> {
        const bench = await new Workbench().powerUp(settings)
        bench.runSeconds(120)
        assert.deepEqual(bench.panics, [])
        assert.deepEqual(
            bench.log.filter(line => line.includes(TOKEN)),
            [],
        )
        return bench
    }

    it("are 60 s and 5 readings a post by default", async () => {
        const bench = await new Workbench().powerUp({}, { flash: createStore(FLASH_BYTES, new Map()) })
        bench.runSeconds(10)
        const { interval, batch } = bench.logged("boot")[0]!
        assert.deepEqual({ interval, batch }, { interval: "60", batch: "5" })
    })

    const numbers: Record<string, [Record<string, string>, Values]> = {
        "the smallest": [
            { INTERVAL_S: "5", BATCH: "1" },
            { interval: "5", batch: "1" },
        ],
        "the largest": [
            { INTERVAL_S: "3600", BATCH: "30" },
            { interval: "3600", batch: "30" },
        ],
        "one with spaces around": [
            { INTERVAL_S: " 20 ", BATCH: "3" },
            { interval: "20", batch: "3" },
        ],
    }
    for (const [name, [settings, expected]] of Object.entries(numbers))
        it(`are applied: ${name}`, async () => {
            const bench = await start({ ...good, ...settings })
            const { interval, batch } = bench.logged("boot")[0]!
            assert.deepEqual({ interval, batch }, expected)
            assert.deepEqual(bench.logged("setting"), [])
        })

    for (const [INTERVAL_S, BATCH] of [
        ["4", "0"],
        ["3601", "31"],
        ["x", "5.5"],
        ["-60", "1e1"],
        ["", "five"],
        ["6 0", "0x5"],
    ] as const)
        it(`that are invalid are logged once and replaced by their defaults: INTERVAL_S "${INTERVAL_S}", BATCH "${BATCH}"`, async () => {
            const bench = await start({ ...good, INTERVAL_S, BATCH })
            const { interval, batch } = bench.logged("boot")[0]!
            assert.deepEqual({ interval, batch }, { interval: "60", batch: "5" })
            assert.deepEqual(bench.logged("setting"), [
                { name: "INTERVAL_S", problem: "invalid", using: "60" },
                { name: "BATCH", problem: "invalid", using: "5" },
            ])
        })

    const incomplete: Record<string, [Record<string, string>, string, string[]]> = {
        "no address": [{ API_TOKEN: TOKEN }, "API_URL", []],
        "no token": [{ API_URL: "https://air.example" }, "API_TOKEN", []],
        "an address without TLS": [{ ...good, API_URL: "http://air.example" }, "API_URL", ["API_URL"]],
        "an empty token": [{ ...good, API_TOKEN: "" }, "API_TOKEN", ["API_TOKEN"]],
        "a token with a space": [{ ...good, API_TOKEN: `${TOKEN} x` }, "API_TOKEN", ["API_TOKEN"]],
        "a token with a line in it": [{ ...good, API_TOKEN: `${TOKEN}\r\nX: y` }, "API_TOKEN", ["API_TOKEN"]],
        "a token that is not ASCII": [{ ...good, API_TOKEN: `${TOKEN}é` }, "API_TOKEN", ["API_TOKEN"]],
    }
    for (const [name, [settings, reason, invalid]] of Object.entries(incomplete))
        it(`with ${name} leave the uplink unconfigured, and the device still measures`, async () => {
            const bench = await start(settings)
            assert.deepEqual(bench.logged("uplink"), [{ state: "unconfigured", reason }])
            assert.deepEqual(
                bench.logged("setting"),
                invalid.map(name => ({ name, problem: "invalid" })),
            )
            assert.ok(bench.logged("reading").length >= 10)
        })

    describe("in the store", () => {
        let ask: Interview["ask"]
        const raw = { ":PLAIN": "12345", ":QUOTED": '"a \\"b\\""', ":BROKEN": '"abc', ":NUMBER": "007", ":EMPTY": '""' }
        const flash = createStore(
            FLASH_BYTES,
            new Map(Object.entries(raw).map(([key, text]) => [key, Buffer.from(text)])),
        )
        before(async () => ({ ask } = await interview({ flash })))

        const texts: Record<string, string | null> = {
            PLAIN: "12345",
            QUOTED: 'a "b"',
            NUMBER: "007",
            EMPTY: "",
            BROKEN: null,
            MISSING: null,
        }
        for (const [key, text] of Object.entries(texts))
            it(`read as text: ${key}`, () => {
                assert.equal(ask("readText", key), text)
            })

        it("are stored as written", () => {
            ask("writeText", "NEW", "17")
            assert.equal(ask("readText", "NEW"), "17")
            ask("writeText", "NEW", "18")
            assert.equal(ask("readText", "NEW"), "18")
        })
    })

    describe("for the address", () => {
        let ask: Interview["ask"]
        before(async () => ({ ask } = await interview()))

        const longest = "h".repeat(212)
        const addresses: Record<string, [string, number]> = {
            "https://air.example": ["air.example", 443],
            "https://air.example/": ["air.example", 443],
            "https://air.example:8443": ["air.example", 8443],
            " https://Air-1.example:1/ ": ["Air-1.example", 1],
            "https://127.0.0.1:65535": ["127.0.0.1", 65535],
            [`https://${longest}`]: [longest, 443],
        }
        for (const [text, [host, port]] of Object.entries(addresses))
            it(`accept ${JSON.stringify(text.slice(0, 40))}`, () => {
                assert.deepEqual(ask("parseAddress", text), { host, port })
            })

        const refused = [
            "",
            "air.example",
            "http://air.example",
            "HTTPS://air.example",
            "https://",
            "https:///",
            "https://a b",
            "https://a:0",
            "https://a:65536",
            "https://a:",
            "https://a:b",
            "https://a/path",
            "https://a?x",
            "https://user@a",
            "https://a:1:2",
            "https://[::1]",
            "https://a\r\nX: y",
            "https://ä.example",
            `https://${longest}h`,
        ]
        for (const text of refused)
            it(`refuse ${JSON.stringify(text.slice(0, 40))}`, () => {
                assert.equal(ask("parseAddress", text), null)
            })
    })
})
