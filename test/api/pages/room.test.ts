import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"
import type { RoomEvents } from "../../../devs/api/insights/records.ts"
import { forecastOf } from "../../../devs/api/page/room/forecast.ts"
import { localText, secondsOf } from "../../../devs/api/page/room/local-time.ts"
import { lessonsText, marksOf, minutesText } from "../../../devs/api/page/room/marks.ts"
import { co2Of, columnsOf, extremesOf, gapsIn, type Row, stepFor } from "../../../devs/api/page/room/series.ts"
import type { Words } from "../../../devs/api/page/shared/format.ts"
import { translator } from "../../../devs/api/page/shared/text.ts"
import { textsOf } from "../../../devs/api/pages/texts.ts"
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
        const short = [row(300, 500), row(900, 510)]
        assert.equal(columnsOf(short, "co2Ppm", 300)[0].length, 2)
        assert.deepEqual(columnsOf(short, "co2Ppm", 300, [{ from: 310, to: 880 }])[1], [500, null, 510])
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

describe("the next airing of a room", () => {
    it("is needed when the next limit is reached at this pace, if that is within two hours and not over", () => {
        const limits = { fairPpm: 1000, poorPpm: 1400 }
        const room = { ppm: 1100, at: 6000, trendPpm: 300, silentFrom: 7000, limits } as WallRoom
        assert.deepEqual(forecastOf(room, 6100), { ppm: 1400, at: 6900 })
        assert.deepEqual(forecastOf({ ...room, ppm: 850, trendPpm: 150 }, 6100), { ppm: 1000, at: 6900 })
        for (const more of [
            { trendPpm: null },
            { trendPpm: 10 },
            { trendPpm: -300 },
            { ppm: 1500 },
            { trendPpm: 40, ppm: 1000 },
            { silentFrom: 6050 },
            { at: 5100 },
        ])
            assert.equal(forecastOf({ ...room, ...more }, 6100), undefined, JSON.stringify(more))
    })
})

describe("what happened in a room", () => {
    const words: Words = { t: translator("en", textsOf("en", "room")), language: "en", timeZone: "UTC" }
    const now = 36_000
    const nothing: RoomEvents = {
        airings: [],
        restarts: [],
        gaps: [],
        calibrations: [],
        lessons: {
            ...{ meanPpm: null, maxPpm: null, estimated: false },
            ...{ fairMinutes: 0, poorMinutes: 0, measuredMinutes: 0, lessonMinutes: 240 },
        },
    }
    const sentences = (events: Partial<RoomEvents>, chartGaps: { from: number; to: number }[] = []) =>
        marksOf({ ...nothing, ...events }, chartGaps, now, words).map(({ text }) => text)

    it("is told in sentences, the newest first", () => {
        const events = {
            airings: [{ from: 30_000, to: 30_360, fromPpm: 1620, toPpm: 700 }],
            restarts: [{ at: 32_400, reason: "settings" }],
            gaps: [
                { from: 18_000, to: 21_600, cause: "lost" as const },
                { from: 34_800, to: null, cause: "silent" as const },
            ],
            calibrations: [{ at: 28_800, ppm: 420, changePpm: -20 }],
        }
        assert.deepEqual(sentences(events), [
            "since 09:40: no news from the device",
            "09:00: the device restarted for new settings",
            "08:20: aired, from 1,620 to 700 ppm in 6 minutes",
            "08:00: the sensor was recalibrated to 420 ppm",
            "05:00 to 06:00: measured, but lost in the device",
        ])
    })

    it("is one sentence for a gap and the start that ends it", () => {
        const gaps = [{ from: 18_000, to: 21_600, cause: "off" as const }]
        assert.deepEqual(
            sentences({ gaps, restarts: [{ at: 21_600, reason: null }] }, [{ from: 18_000, to: 21_700 }]),
            ["05:00 to 06:00: the device was off"],
        )
        assert.equal(sentences({ gaps, restarts: [{ at: 21_600, reason: "power" }] }).length, 2)
    })

    it("is a gap without a cause where nothing else is known", () => {
        const long = { airings: null, restarts: null, gaps: null }
        assert.deepEqual(sentences(long, [{ from: 18_000, to: 21_600 }]), ["05:00 to 06:00: nothing measured"])
    })

    it("says how the lessons were, if any was measured", () => {
        const limits = { fairPpm: 1000, poorPpm: 1400 }
        assert.equal(lessonsText(nothing, limits, words), undefined)
        const lessons = { ...nothing.lessons, fairMinutes: 80, poorMinutes: 5, measuredMinutes: 240 }
        assert.equal(
            lessonsText({ lessons }, limits, words),
            "In lessons of this time: 1 hr 20 min of 4 hr at or above 1,000 ppm, 5 min at or above 1,400 ppm",
        )
        assert.deepEqual([minutesText(0, "de"), minutesText(65, "de")], ["0 Min.", "1 Std. 5 Min."])
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
        const morning = Array.from({ length: 30 }, (_, minute) => 600 + 35 * minute)
        await world.store.append("kitchen", co2Batch(1, NOW_S - 7200, morning), NOW_S)
        await world.store.append("kitchen", co2Batch(31, NOW_S - 5400, [1620, 1200, 900, 700]), NOW_S - 5000)
        await world.store.append("kitchen", co2Batch(1, NOW_S, [1620], { boot: "b2" }), NOW_S)
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
        const marks = await page.locator("#marks li").allTextContents()
        assert.match(`${marks[0]}`, /the device was off$/)
        assert.match(`${marks[1]}`, /aired, from 1,620 to 700 ppm in 3 minutes$/)
    })

    it("selects a range of the chart with a finger", async () => {
        const before = await page.locator("#csv").getAttribute("href")
        const { x, y, width } = (await page.locator(".u-over").boundingBox())!
        const client = await page.context().newCDPSession(page)
        const touch = (type: "touchStart" | "touchMove" | "touchEnd", at?: number) =>
            client.send("Input.dispatchTouchEvent", {
                type,
                touchPoints: at === undefined ? [] : [{ x: x + at * width, y: y + 50 }],
            })
        await touch("touchStart", 0.5)
        for (const at of [0.6, 0.7, 0.75]) await touch("touchMove", at)
        await touch("touchEnd")
        await page.locator(`#csv:not([href="${before}"])`).waitFor()
        const [from, to] = `${await page.locator("#csv").getAttribute("href")}`
            .match(/(?<=(from|to)=)\d+/g)!
            .map(Number)
        // a quarter of 24 hours
        assert.ok(Math.abs(to! - from! - 21_600) < 900, `${from} to ${to}`)
    })

    it("selects a range by keyboard, in the school's time, for the chart, the table and the CSV", async () => {
        await page.locator("[name=from]").fill("2025-01-15T09:00")
        await page.locator("[name=to]").fill("2025-01-15T10:30")
        await page.locator("[name=to]").press("Enter")
        await page.locator("#csv[href*='from=1736931600&to=1736937000']").waitFor()
        await page.locator("#table summary").press("Enter")
        const rows = page.locator("#table tbody tr")
        await rows.first().waitFor()
        assert.match(`${await rows.first().textContent()}`, /^10:\d\d/)
        assert.match(`${await page.locator("#facts").textContent()}`, /Last airing: from 1,620 to 700 in 3 minutes/)
        const csv = await page.request.get(
            new URL(`${await page.locator("#csv").getAttribute("href")}`, page.url()).href,
        )
        assert.equal((await csv.text()).trim().split("\n").length, 32)
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
