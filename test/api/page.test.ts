import assert from "node:assert/strict"
import { existsSync, readdirSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"
import { addDevice, setDevice } from "../../devs/api/device-registry.ts"
import { type Serving, serve } from "../../devs/api/server.ts"
import { revokeDevice } from "../../devs/api/store/devices.ts"
import { co2Batch, NOW_S, openWorld, values, type World } from "./support/world.ts"

const CHROMIUM = "/usr/bin/chromium"

/** Scripts for browsers, so they have no types. */
const pageScript = (name: string) => import(new URL(`../../devs/api/page/${name}`, import.meta.url).href)
const { levelOf } = await pageScript("co2-level.js")
const { ageText, durationText, isStale } = await pageScript("duration.js")
const { summaryText } = await pageScript("day.js")

describe("the texts of the page", () => {
    for (const [co2Ppm, name] of [
        [400, "harmless"],
        [999, "harmless"],
        [1000, "elevated"],
        [2000, "elevated"],
        [2001, "unacceptable"],
    ] as const) {
        it(`call ${co2Ppm} ppm ${name}`, async () => {
            assert.equal(levelOf(co2Ppm).name, name)
        })
    }

    it("give an age in its largest unit", async () => {
        assert.deepEqual([0, 1, 2, 59, 60, 119, 3599, 3600, 172_800].map(ageText), [
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
        assert.equal(durationText(-3), "0 seconds")
    })

    it("call a value stale after an hour", async () => {
        assert.deepEqual([isStale(3600), isStale(3601)], [false, true])
    })

    it("describe a chart for screen readers", async () => {
        assert.equal(
            summaryText("CO₂", "ppm", [500, null, 1200, 812, null]),
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

    it("are sent with a policy that allows no other server", async () => {
        const response = await world.get("/")
        assert.equal(response.statusCode, 200)
        assert.equal(response.headers["content-type"], "text/html; charset=utf-8")
        assert.equal(
            response.headers["content-security-policy"],
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
        )
        assert.equal(response.headers["x-content-type-options"], "nosniff")
    })

    it("all exist", async () => {
        const html = (await world.get("/")).body
        const linked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => `/${path}`)
        assert.deepEqual([...new Set(linked)].sort(), [
            "/api/v1/devices",
            "/base.css",
            "/device-state.css",
            "/icon.svg",
            "/links.html",
            "/openapi.json",
            "/page.css",
            "/page.js",
            "/uplot/uPlot.iife.min.js",
            "/uplot/uPlot.min.css",
        ])
        const scripts = readdirSync(new URL("../../devs/api/page", import.meta.url)).filter(name =>
            name.endsWith(".js"),
        )
        assert.ok(scripts.length >= 8)
        for (const path of [...linked, ...scripts.map(name => `/${name}`)])
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

    /**
     * The first chart as a data URL, in the first frame in which it is as expected.
     * The page's policy forbids eval, so each frame is fetched.
     */
    async function canvasWhen(expected: (text: string) => boolean): Promise<string> {
        for (let frame = 0; frame < 600; frame++) {
            const text = await page.evaluate<string>(
                "new Promise(resolve => requestAnimationFrame(() => resolve(document.querySelector('figure canvas').toDataURL())))",
            )
            if (expected(text)) return text
        }
        assert.fail("the chart does not change")
    }

    async function storeDay(): Promise<void> {
        const day = Array.from({ length: 1440 }, (_, minute) =>
            values({ co2Ppm: 500 + minute, temperatureC: 21.25, humidityRh: 40.5 }),
        )
        await world.store.append(
            "kitchen",
            { boot: "b1", seq: 1, time: NOW_S - 86_400, step: 60, lost: 3, values: day },
            NOW_S,
        )
    }

    it("shows the latest values of a device, what they mean, and its day", async () => {
        await storeDay()
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

    it("fits a phone, and redraws its lines when the colours change", async () => {
        await storeDay()
        await page.goto(serving.url)
        await page.locator("figure canvas").first().waitFor()
        const light = await canvasWhen(text => text.length > 5000)
        await page.emulateMedia({ colorScheme: "dark" })
        await canvasWhen(text => text !== light)
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
    })

    it("marks a value as old, and does not rate the air by it", async () => {
        await world.store.append("kitchen", co2Batch(1, NOW_S - 3 * 3600, [2500]), NOW_S)
        await page.goto(serving.url)
        await page.locator("article").waitFor()
        assert.deepEqual([await text("level"), await text("age")], ["Silent for 3 hours", "3 hours ago"])
        assert.equal(await page.locator("article").getAttribute("data-level"), "unknown")
    })

    it("says that nothing is stored while the server's clock is in doubt", async () => {
        world.clock.ms -= 20 * 365 * 86_400_000
        await page.goto(serving.url)
        await page.locator("#unready:not([hidden])").waitFor()
        assert.equal(
            await page.locator("#unready").textContent(),
            "The clock of the server seems to be wrong, so nothing is stored: devices keep their readings.",
        )
    })

    it("labels an estimate as such, where CO2 is not measured", async () => {
        await world.store.append(
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

    it("shows the lowest CO2 of the last 7 days, and says when it is far from outdoor air", async () => {
        const week = async (device: string, lowest: number) => {
            const values = Array.from({ length: 168 }, (_, hour) => (hour === 90 ? lowest : 700 + (hour % 24) * 20))
            await world.store.append(device, co2Batch(1, NOW_S - 167 * 3600, values, { step: 3600 }), NOW_S)
        }
        for (const id of ["attic", "cellar"]) await addDevice(world.db, { id, createdAt: NOW_S })
        await week("attic", 428)
        await week("cellar", 655)
        await world.store.append("kitchen", co2Batch(1, NOW_S - 60, [655, 660]), NOW_S)
        await page.goto(serving.url)
        await page.locator("article").nth(2).waitFor()
        const lines = await page
            .locator("article")
            .evaluateAll(articles =>
                articles.map(article =>
                    ["lowest", "note"].map(name => article.querySelector(`.${name}:not([hidden])`)?.textContent),
                ),
            )
        assert.deepEqual(lines, [
            ["Lowest CO₂ in 7 days: 428 ppm", undefined],
            [
                "Lowest CO₂ in 7 days: 655 ppm",
                "Outdoor air has about 420 ppm: the room was never aired fully, or the sensor reads too high.",
            ],
            ["Lowest CO₂ in 7 days: 655 ppm, 1 hour measured", undefined],
        ])
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
    })

    it("shows every device except the revoked ones", async () => {
        await addDevice(world.db, { id: "attic", name: "<b>Attic</b>", createdAt: NOW_S })
        await addDevice(world.db, { id: "cellar", createdAt: NOW_S })
        await revokeDevice(world.db, "cellar", NOW_S)
        await page.goto(serving.url)
        await page.locator("article").first().waitFor()
        assert.deepEqual(await page.locator("h2:visible").allTextContents(), ["<b>Attic</b>", "Kitchen"])
        assert.equal(await text("age"), "Waiting for its first reading")
    })

    it("shows at a glance which sensor failed and the warnings, and the rest on demand", async () => {
        const sensors = { scd41: {}, sgp30: { state: "failed", crc: 2 } } as const
        await setDevice(world.db, "kitchen", { INTERVAL_S: 30 }, NOW_S)
        await world.store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S, {
            status: { uptimeS: 7200, rssi: -61, sensors },
            unread: ["status.<b>volts"],
        })
        await page.goto(serving.url)
        await page.locator("article").waitFor()
        const sensorItems = page.locator(".sensor")
        assert.deepEqual(await sensorItems.allTextContents(), ["scd41ready", "sgp30failed, 2 errors"])
        assert.deepEqual(await sensorItems.evaluateAll(list => list.map(item => item.getAttribute("data-level"))), [
            "harmless",
            "unacceptable",
        ])
        assert.deepEqual(await page.locator(".warnings li").allTextContents(), [
            "The device receives new settings at its next post",
            "The status has parts that this server does not know: status.<b>volts",
        ])
        assert.equal(await page.locator(".facts").isVisible(), false)
        await page.locator("summary").click()
        assert.equal(await page.locator(".facts").isVisible(), true)
        assert.match((await page.locator(".facts").textContent())!, /Wi-Fi signal\s*−61 dBm/)
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
        assert.deepEqual(discrepancies, [])
    })

    it("does not rate a sensor by a status over an hour old, and shows no state of a device that reported none", async () => {
        await addDevice(world.db, { id: "attic", createdAt: NOW_S })
        const reported = { status: { uptimeS: 60, sensors: { scd41: {} } }, unread: [] }
        await world.store.append("kitchen", co2Batch(1, NOW_S - 3 * 3600, [700]), NOW_S - 3 * 3600, reported)
        await world.store.append("attic", co2Batch(1, NOW_S, [700]), NOW_S)
        await page.goto(serving.url)
        await page.locator("article").nth(1).waitFor()
        assert.deepEqual(await page.locator(".state:visible summary").allTextContents(), [
            "State of the device 3 hours ago",
        ])
        const [level, sensor] = await page.evaluate<string[]>(
            "['.level', '.sensor'].map(name => getComputedStyle(document.querySelector('article:last-child ' + name)).color)",
        )
        assert.equal(sensor, level)
    })

    it("shows what to do when there is no device", async () => {
        await revokeDevice(world.db, "kitchen", NOW_S)
        await page.goto(serving.url)
        await page.locator("#empty").waitFor()
        assert.match((await page.locator("#empty").textContent())!, /No device yet[\s\S]*airpin device add/)
    })

    it("shows a new reading by the stream of changes, without asking for the list", async () => {
        await world.store.append("kitchen", co2Batch(1, NOW_S - 60, [700]), NOW_S)
        const asked: string[] = []
        page.on("request", request => asked.push(new URL(request.url()).pathname))
        await page.goto(serving.url)
        await page.locator("article").getByText("700", { exact: true }).waitFor()
        await world.store.append("kitchen", co2Batch(2, NOW_S, [812]), NOW_S)
        await page.locator("article").getByText("812", { exact: true }).waitFor()
        assert.deepEqual(asked.filter(path => path.startsWith("/api/v1/") && !path.endsWith("/readings")).sort(), [
            "/api/v1/session",
            "/api/v1/stream",
        ])
        assert.deepEqual(discrepancies, [])
    })

    it("keeps the last values when the server is away, says since when, and continues when it is back", async () => {
        await storeDay()
        await page.clock.install({ time: new Date("2025-01-15T13:00:00") })
        await page.goto(serving.url)
        await page.locator("article").waitFor()
        await page.getByText(/^Updated /).waitFor()
        await page.route("**/api/**", route => route.abort())
        await page.clock.fastForward(120_000)
        await page.locator("#away").waitFor()
        assert.match(
            (await page.locator("#away").textContent())!,
            /^No response from the server since 13:02:\d\d\. These are the last values\. Trying again every 10 seconds\.$/,
        )
        assert.deepEqual([await text("co2"), await text("age")], ["1939", "3 minutes ago"])
        await page.unroute("**/api/**")
        await page.clock.fastForward(10_000)
        await page.locator("#away").waitFor({ state: "hidden" })
        assert.equal(await text("age"), "1 minute ago")
    })
})
