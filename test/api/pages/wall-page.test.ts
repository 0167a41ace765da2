import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import { revokeDevice } from "../../../devs/api/store/devices.ts"
import { co2Batch, NOW_S, openWorld, type World } from "../support/world.ts"

const CHROMIUM = "/usr/bin/chromium"

describe("the wall without JavaScript", () => {
    it("lists rooms, values and ages, worst first, with names that are no HTML", async () => {
        const world = await openWorld()
        await addDevice(world.db, { id: "attic", name: "<b>Attic</b>", createdAt: NOW_S })
        await addDevice(world.db, { id: "cellar", createdAt: NOW_S })
        await revokeDevice(world.db, "cellar", NOW_S)
        await world.store.append("kitchen", co2Batch(1, NOW_S - 600, [1620]), NOW_S)
        const { body, headers } = await world.get("/")
        const labels = [...body.matchAll(/aria-label="(.*?)"/g)].map(([, label]) => label)
        assert.deepEqual(labels.slice(-3, -1), [
            "Kitchen: 1,620 ppm CO₂, air soon, since 11:50, at 11:50",
            "&lt;b&gt;Attic&lt;&#x2F;b&gt;: not heard of yet",
        ])
        assert.match(body, /1 room should be aired soon: Kitchen\./)
        assert.match(String(headers["content-security-policy"]), /^default-src 'self'; base-uri 'none'/)
        await world.end()
    })
})

describe("the wall in a browser", function () {
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
        await world.store.append("kitchen", co2Batch(1, NOW_S, [812]), NOW_S)
        page = await browser.newPage({ locale: "en-GB", viewport: { width: 390, height: 844 } })
        page.on("pageerror", error => discrepancies.push(error.message))
        page.on("request", request => request.url().startsWith(serving.url) || discrepancies.push(request.url()))
    })
    after(async () => {
        await browser?.close()
        await serving?.close()
        await world?.end()
    })

    const headline = (text: RegExp) => page.locator("#headline", { hasText: text }).waitFor()
    const tile = (name: string) => page.locator(".tile", { hasText: name })

    it("shows a new reading by the stream, in tile, headline, title and icon", async () => {
        await page.goto(serving.url)
        await headline(/^The air is good\.$/)
        assert.equal(await page.title(), "Air – airpin")
        await world.store.append("kitchen", co2Batch(2, NOW_S + 1, [2345]), NOW_S + 1)
        await headline(/^1 room needs fresh air: Kitchen\.$/)
        assert.equal(await tile("Kitchen").locator(".number").textContent(), "2,345")
        assert.equal(await page.title(), "(1) Air – airpin")
        assert.match(`${await page.locator("link[rel=icon]").getAttribute("href")}`, /icon-poor\.svg$/)
    })

    it("fits a phone, and changes colours and language by choice", async () => {
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
        await page.getByLabel("Colours").selectOption("Dark")
        assert.equal(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(18, 22, 20)")
        await page.getByLabel("Language").selectOption("Deutsch")
        await headline(/^1 Raum braucht frische Luft: Kitchen\.$/)
        assert.equal(await page.locator("html").getAttribute("data-theme"), "dark")
        await page.getByLabel("Sprache").selectOption("English")
        await headline(/^1 room/)
    })

    it("shows no old number as new when the device has fallen silent, and says since when", async () => {
        world.clock.ms += 3_600_000
        await page.goto(serving.url)
        await headline(/^No news from 1 room: Kitchen\.$/)
        assert.equal(await tile("Kitchen").locator(".number").textContent(), "")
        assert.match(`${await tile("Kitchen").textContent()}`, /no news\s*since 12:00/)
    })

    it("says that the server is away, and keeps its state, marked, when opened again; then goes on", async () => {
        await page.evaluate("navigator.serviceWorker.ready")
        await page.reload()
        await headline(/^No news/)
        const { port } = serving
        await serving.close()
        await page.reload()
        await page.locator("#updated", { hasText: /^State of/ }).waitFor()
        await headline(/^No news/)
        const next = await openWorld()
        serving = await serve({ app: next.app, port })
        await next.store.append("kitchen", co2Batch(1, NOW_S, [700]), NOW_S)
        await headline(/^The air is good\.$/)
        await world.end()
        world = next
    })

    it("takes nothing from elsewhere", () => assert.deepEqual(discrepancies, []))
})
