import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"
import { airingsIn, forecastOf } from "../../../devs/api/page/room/airing.ts"
import { localText, secondsOf } from "../../../devs/api/page/room/local-time.ts"
import { co2Of, columnsOf, extremesOf, gapsIn, type Row, stepFor } from "../../../devs/api/page/room/series.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import type { WallRoom } from "../../../devs/api/wall/wall-room.ts"
import { co2Batch, NOW_S, openWorld, type World } from "../support/world.ts"

const CHROMIUM = "/usr/bin/chromium"

const row = (time: number, co2Ppm: number | null, eco2Ppm: number | null = null): Row => ({
    time,
    co2Ppm,
    eco2Ppm,
    temperatureC: null,
    humidityRh: null,
})

describe("the history of a room", () => {
    it("has a step for each range that gives some hundred rows", () => {
        for (const days of [1, 7, 30, 365]) {
            const rows = (days * 86_400) / stepFor(days * 86_400)
            assert.ok(rows >= 280 && rows <= 370, `${days}: ${rows}`)
        }
    })

    it("breaks its line where rows are missing, and says where", () => {
        const rows = [row(300, 500), row(600, 510), row(6000, 520)]
        assert.deepEqual(columnsOf(rows, "co2Ppm", 300), [
            [300, 600, 601, 6000],
            [500, 510, null, 520],
        ])
        assert.deepEqual(gapsIn(rows, 300), [{ from: 600, to: 6000 }])
    })

    it("shows the estimate only where CO2 is not measured", () => {
        assert.equal(co2Of([row(1, null, 700), row(2, 650, 710)]), "co2Ppm")
        assert.equal(co2Of([row(1, null, 700)]), "eco2Ppm")
        assert.equal(co2Of([]), "co2Ppm")
    })

    it("has its extremes, if anything was measured", () => {
        assert.deepEqual(extremesOf([500, null, 900, 700]), { lowest: 500, highest: 900, last: 700 })
        assert.equal(extremesOf([null]), undefined)
    })
})

describe("airing", () => {
    const every5Minutes = (...ppm: number[]) => ppm.map((value, at) => row(300 * at, value))

    it("is a steep fall of CO2, from its start to its end", () => {
        const rows = every5Minutes(1500, 1620, 1100, 760, 700, 720, 800)
        assert.deepEqual(airingsIn(rows, "co2Ppm"), [{ from: 300, to: 1200, fromPpm: 1620, toPpm: 700 }])
    })

    it("is found twice, and not where a room only empties or hardly changes", () => {
        assert.equal(airingsIn(every5Minutes(1500, 800, 1400, 700), "co2Ppm").length, 2)
        assert.equal(airingsIn(every5Minutes(900, 870, 850, 820, 800, 790), "co2Ppm").length, 0)
        const slowly = Array.from({ length: 40 }, (_, at) => 2000 - 30 * at)
        assert.equal(airingsIn(every5Minutes(...slowly), "co2Ppm").length, 0)
        assert.deepEqual(airingsIn([], "co2Ppm"), [])
    })

    it("is needed when the next limit is reached at this pace, if that is within two hours", () => {
        const room = { ppm: 1100, at: 6000, trendPpm: 300, limits: { fairPpm: 1000, poorPpm: 1400 } } as WallRoom
        assert.deepEqual(forecastOf(room), { ppm: 1400, at: 6900 })
        assert.deepEqual(forecastOf({ ...room, ppm: 850, trendPpm: 150 }), { ppm: 1000, at: 6900 })
        for (const more of [
            { trendPpm: null },
            { trendPpm: 10 },
            { trendPpm: -300 },
            { ppm: 1500 },
            { trendPpm: 40, ppm: 1000 },
        ])
            assert.equal(forecastOf({ ...room, ...more }), undefined)
    })
})

describe("a local time of the school", () => {
    for (const timeZone of ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"])
        it(`in ${timeZone} is found again, through both changes of the clock`, () => {
            for (const date of ["2026-01-15T12:00", "2026-03-29T09:30", "2026-07-01T23:59", "2026-10-25T08:15"]) {
                const atS = secondsOf(date, timeZone)
                assert.ok(atS !== undefined)
                assert.equal(localText(atS, timeZone), date)
            }
        })

    it("that cannot be parsed is refused", () => assert.equal(secondsOf("soon", "UTC"), undefined))
})

describe("the page of a room in a browser", function () {
    this.timeout(60_000)
    let browser: Browser
    let page: Page
    let world: World
    let serving: Serving
    const discrepancies: string[] = []

    before(async function () {
        if (!existsSync(CHROMIUM)) return this.skip()
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
        world = await openWorld()
        serving = await serve({ app: world.app, port: 0 })
        const morning = Array.from({ length: 30 }, (_, minute) => 600 + 20 * minute)
        await world.store.append("kitchen", co2Batch(1, NOW_S - 7200, morning), NOW_S)
        await world.store.append("kitchen", co2Batch(31, NOW_S, [1620]), NOW_S)
        page = await browser.newPage({
            locale: "en-GB",
            timezoneId: "Asia/Tokyo",
            viewport: { width: 390, height: 844 },
        })
        page.on("pageerror", error => discrepancies.push(error.message))
        page.on("request", request => request.url().startsWith(serving.url) || discrepancies.push(request.url()))
    })
    after(async () => {
        await browser?.close()
        await serving?.close()
        await world?.end()
    })

    it("is where a tile of the wall leads", async () => {
        await page.goto(serving.url)
        await page.getByRole("link", { name: /^Kitchen: 1,620 ppm/ }).click()
        await page.getByRole("heading", { name: "Kitchen" }).first().waitFor()
        assert.equal(await page.locator("#now .number").textContent(), "1,620")
        assert.match(`${await page.locator("#chart").getAttribute("aria-label")}`, /CO₂: lowest .* highest 1,620 ppm/)
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
    })

    it("selects a range by keyboard, in the school's time, for the chart, the table and the CSV", async () => {
        await page.locator("[name=from]").fill("2025-01-15T09:00")
        await page.locator("[name=to]").fill("2025-01-15T10:30")
        await page.locator("[name=to]").press("Enter")
        await page.locator("#csv[href*='from=1736931600&to=1736937000']").waitFor()
        await page.locator("summary").press("Enter")
        const rows = page.locator("#table tbody tr")
        await rows.first().waitFor()
        assert.match(`${await rows.first().textContent()}`, /^10:\d\d/)
        const csv = await page.request.get(
            new URL(`${await page.locator("#csv").getAttribute("href")}`, page.url()).href,
        )
        assert.equal((await csv.text()).trim().split("\n").length, 31)
    })

    it("saves the chart as a picture, and has a QR code of its address where everyone may read", async () => {
        const download = page.waitForEvent("download")
        await page.getByRole("button", { name: "Chart as a picture" }).click()
        assert.equal((await download).suggestedFilename(), "kitchen-2025-01-15.png")
        assert.equal(await page.locator("#address").textContent(), `${serving.url}/rooms/kitchen`)
        assert.ok(await page.locator("#code svg").isVisible())
    })

    it("takes nothing from elsewhere", () => assert.deepEqual(discrepancies, []))
})
