import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
import { type Browser, chromium, type Page } from "playwright-core"
import { addDevice, revokeDevice, setDevice } from "../../devs/api/device-registry.ts"
import { type Serving, serve } from "../../devs/api/server.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "./support/world.ts"

const CHROMIUM = "/usr/bin/chromium"

/** A script for browsers, so it has no types. */
const wordsUrl = new URL("../../devs/api/page/words.js", import.meta.url).href
const { ageWords, durationWords, isStale, levelOf, summaryWords } = await import(wordsUrl)

describe("the words of the page", () => {
    for (const [co2Ppm, name] of [
        [400, "harmless"],
        [999, "harmless"],
        [1000, "elevated"],
        [2000, "elevated"],
        [2001, "unacceptable"],
    ] as const) {
        it(`calls ${co2Ppm} ppm ${name}`, () => {
            assert.equal(levelOf(co2Ppm).name, name)
        })
    }

    it("tell an age in its largest unit", () => {
        assert.deepEqual([0, 1, 2, 59, 60, 119, 3599, 3600, 172_800].map(ageWords), [
            "just now",
            "just now",
            "2 seconds ago",
            "59 seconds ago",
            "1 minute ago",
            "1 minute ago",
            "59 minutes ago",
            "1 hour ago",
            "2 days ago",
        ])
        assert.equal(durationWords(-3), "0 seconds")
    })

    it("call a value stale after an hour", () => {
        assert.deepEqual([isStale(3600), isStale(3601)], [false, true])
    })

    it("sum a day up for those who do not see the chart", () => {
        assert.equal(
            summaryWords("CO₂", "ppm", [500, null, 1200, 812, null]),
            "CO₂ over the last 24 hours, in means of 5 minutes: lowest 500 ppm, highest 1200 ppm, last 812 ppm.",
        )
    })
})

describe("the files of the page", () => {
    let world: World

    beforeEach(async () => {
        world = await openWorld()
    })
    afterEach(() => world.end())

    it("come with a policy that lets nothing in from elsewhere", async () => {
        const answer = await world.get("/")
        assert.equal(answer.statusCode, 200)
        assert.equal(answer.headers["content-type"], "text/html; charset=utf-8")
        assert.equal(
            answer.headers["content-security-policy"],
            "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
        )
        assert.equal(answer.headers["x-content-type-options"], "nosniff")
    })

    it("are all there", async () => {
        const html = (await world.get("/")).body
        const linked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => `/${path}`)
        assert.deepEqual([...new Set(linked)].sort(), [
            "/api/v1/devices",
            "/icon.svg",
            "/openapi.json",
            "/page.css",
            "/page.js",
            "/state.css",
            "/uplot/uPlot.iife.min.js",
            "/uplot/uPlot.min.css",
        ])
        for (const path of [...linked, "/card.js", "/chart.js", "/state.js", "/state-words.js", "/words.js"])
            assert.equal((await world.get(path)).statusCode, 200, path)
    })
})

describe("the page in a browser", () => {
    let browser: Browser
    let world: World
    let serving: Serving
    let page: Page
    let discrepancies: string[]

    before(async function () {
        if (!existsSync(CHROMIUM)) return this.skip()
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
    })
    after(() => browser?.close())

    beforeEach(async () => {
        world = await openWorld()
        serving = await serve({ app: world.app, port: 0 })
        page = await browser.newPage({ viewport: { width: 390, height: 844 } })
        discrepancies = []
        page.on("console", message => discrepancies.push(message.text()))
        page.on("pageerror", error => discrepancies.push(error.message))
    })
    afterEach(async () => {
        await page?.close()
        await serving?.close()
        await world?.end()
    })

    const text = (name: string) => page.locator(`article [data-show="${name}"]`).first().textContent()
    const chartName = () => page.locator("figure .chart").first().getAttribute("aria-label")

    /** What the first chart shows, as soon as it is as expected; asked from here, for the page's policy forbids eval. */
    async function canvasWhen(expected: (text: string) => boolean): Promise<string> {
        for (let attempt = 0; attempt < 50; attempt++) {
            const text = await page.evaluate<string>("document.querySelector('figure canvas').toDataURL()")
            if (expected(text)) return text
            await setTimeout(100)
        }
        assert.fail("the chart does not change")
    }

    function storeDay(): void {
        const day = Array.from({ length: 1440 }, (_, minute) =>
            values({ co2Ppm: 500 + minute, temperatureC: 21.25, humidityRh: 40.5 }),
        )
        world.store.append(
            "kitchen",
            { boot: "b1", seq: 1, time: NOW_S - 86_400, step: 60, lost: 3, values: day },
            NOW_S,
        )
    }

    it("shows the latest values of a device, what they mean, and its day", async () => {
        storeDay()
        await page.goto(serving.url)
        await page.locator("figure canvas").first().waitFor()
        assert.deepEqual(
            [await text("name"), await text("co2"), await text("level"), await text("age"), await text("lost")],
            ["Kitchen", "1939", "Elevated – air the room", "1 minute ago", "3 readings lost on the device"],
        )
        assert.equal((await text("others"))?.replace(/\s+/g, " "), "Temperature21.3 °CHumidity41 %")
        assert.equal(
            await chartName(),
            "CO₂ over the last 24 hours, in means of 5 minutes: lowest 500 ppm, highest 1938 ppm, last 1938 ppm.",
        )
        assert.deepEqual(discrepancies, [])
    })

    it("fits a phone, and draws its lines anew when the colours change", async () => {
        storeDay()
        await page.goto(serving.url)
        await page.locator("figure canvas").first().waitFor()
        const light = await canvasWhen(text => text.length > 5000)
        await page.emulateMedia({ colorScheme: "dark" })
        await canvasWhen(text => text !== light)
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
    })

    it("says that a value is old, and does not judge the air by it", async () => {
        world.store.append("kitchen", co2Batch(1, NOW_S - 3 * 3600, [2500]), NOW_S)
        await page.goto(serving.url)
        await page.locator("article").waitFor()
        assert.deepEqual([await text("level"), await text("age")], ["Silent for 3 hours", "3 hours ago"])
        assert.equal(await page.locator("article").getAttribute("data-level"), "unknown")
    })

    it("shows an estimate as an estimate, where CO2 is not measured", async () => {
        world.store.append(
            "kitchen",
            { ...co2Batch(1, NOW_S, []), values: [values({ eco2Ppm: 450, tvocPpb: 12 })] },
            NOW_S,
        )
        await page.goto(serving.url)
        await page.locator("article").waitFor()
        assert.deepEqual(
            [await text("co2"), await text("quantity"), await text("others")],
            ["450", "eCO₂ (estimate)", "TVOC12 ppb"],
        )
    })

    it("shows every device but the revoked", async () => {
        addDevice(world.store, { id: "attic", name: "<b>Attic</b>", createdAt: NOW_S })
        addDevice(world.store, { id: "cellar", createdAt: NOW_S })
        revokeDevice(world.store, "cellar", NOW_S)
        await page.goto(serving.url)
        await page.locator("article").first().waitFor()
        assert.deepEqual(await page.locator("h2:visible").allTextContents(), ["<b>Attic</b>", "Kitchen"])
        assert.equal(await text("age"), "Waiting for its first reading")
    })

    it("shows at a glance which part failed and what needs care, and the rest on demand", async () => {
        const sensors = { scd41: {}, sgp30: { state: "failed", crc: 2 } } as const
        setDevice(world.store, "kitchen", { INTERVAL_S: 30 }, NOW_S)
        world.store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S, {
            status: { uptimeS: 7200, rssi: -61, sensors },
            unread: ["status.<b>volts"],
        })
        await page.goto(serving.url)
        await page.locator("article").waitFor()
        const parts = page.locator(".part")
        assert.deepEqual(await parts.allTextContents(), ["scd41ready", "sgp30failed, 2 errors"])
        assert.deepEqual(await parts.evaluateAll(list => list.map(part => part.getAttribute("data-level"))), [
            "harmless",
            "unacceptable",
        ])
        assert.deepEqual(await page.locator(".care li").allTextContents(), [
            "New settings wait for its next post",
            "Tells what this server does not know: status.<b>volts",
        ])
        assert.equal(await page.locator(".facts").isVisible(), false)
        await page.locator("summary").click()
        assert.match(await page.locator(".facts").innerText(), /Wi-Fi signal\s+−61 dBm/)
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
        assert.deepEqual(discrepancies, [])
    })

    it("does not judge a part by what it was an hour ago, and shows no state of a device that told none", async () => {
        addDevice(world.store, { id: "attic", createdAt: NOW_S })
        const told = { status: { uptimeS: 60, sensors: { scd41: {} } }, unread: [] }
        world.store.append("kitchen", co2Batch(1, NOW_S - 3 * 3600, [700]), NOW_S - 3 * 3600, told)
        world.store.append("attic", co2Batch(1, NOW_S, [700]), NOW_S)
        await page.goto(serving.url)
        await page.locator("article").nth(1).waitFor()
        assert.deepEqual(await page.locator(".state:visible summary").allTextContents(), [
            "How the device was 3 hours ago",
        ])
        const [level, part] = await page.evaluate<string[]>(
            "['.level', '.part'].map(name => getComputedStyle(document.querySelector(`article:last-child ${name}`)).color)",
        )
        assert.equal(part, level)
    })

    it("says what to do when there is no device", async () => {
        revokeDevice(world.store, "kitchen", NOW_S)
        await page.goto(serving.url)
        await page.locator("#empty").waitFor()
        assert.match((await page.locator("#empty").textContent())!, /No device has reported yet[^]*airpin device add/)
    })

    it("keeps the last values when the server is away, says since when, and goes on when it is back", async () => {
        storeDay()
        await page.clock.install({ time: new Date("2025-01-15T13:00:00") })
        await page.goto(serving.url)
        await page.locator("article").waitFor()
        await page.getByText(/^Updated /).waitFor()
        await page.route("**/api/**", route => route.abort())
        await page.clock.fastForward(120_000)
        await page.locator("#away").waitFor()
        assert.match(
            (await page.locator("#away").textContent())!,
            /^No answer from the server since 13:02:\d\d\. These are the last values\. Trying again every 10 seconds\.$/,
        )
        assert.deepEqual([await text("co2"), await text("age")], ["1939", "3 minutes ago"])
        await page.unroute("**/api/**")
        await page.clock.fastForward(10_000)
        await page.locator("#away").waitFor({ state: "hidden" })
        assert.equal(await text("age"), "1 minute ago")
    })
})
