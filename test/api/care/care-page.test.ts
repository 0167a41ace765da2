import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"
import { type Serving, serve } from "../../../devs/api/server.ts"
import { type ClosedWorld, openClosedWorld, PASSWORD } from "../security/closed-world.ts"
import { NOW_S } from "../support/world.ts"

const CHROMIUM = "/usr/bin/chromium"

describe("the page of care", () => {
    let browser: Browser | undefined
    let world: ClosedWorld
    let serving: Serving
    let page: Page
    let discrepancies: string[]
    /** paths that the page has asked for */
    let asked: string[]

    before(async function () {
        if (!existsSync(CHROMIUM)) {
            console.log(`      ${CHROMIUM} is missing`)
            this.skip()
        }
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
    })
    after(() => browser?.close())

    beforeEach(async () => {
        world = await openClosedWorld()
        serving = await serve({ app: world.app, port: 0 })
        const context = await browser!.newContext({ viewport: { width: 390, height: 844 }, serviceWorkers: "block" })
        page = await context.newPage()
        await page.goto(`${serving.url}/log-in`)
        await page.getByLabel("Name").fill("ada")
        await page.getByLabel("Password").fill(PASSWORD)
        await page.getByRole("button").click()
        await page.waitForURL(url => url.pathname === "/")
        discrepancies = []
        asked = []
        page.on("console", message => discrepancies.push(message.text()))
        page.on("pageerror", error => discrepancies.push(error.message))
        page.on("request", request => asked.push(new URL(request.url()).pathname))
        page.on("dialog", dialog => void dialog.accept())
    })
    afterEach(async () => {
        await page.context().close()
        await serving.close()
        await world.end()
    })

    it("changes a setting, shows it as asked for and then as taken by the stream, and revokes a token", async () => {
        await page.goto(`${serving.url}/care#device-kitchen`)
        const card = page.locator("#device-kitchen")
        const interval = card.getByLabel("Seconds per reading")
        await interval.fill("3601")
        await interval.press("Enter")
        await card.getByText("Out of range: Seconds per reading").waitFor()
        await interval.fill("30")
        await interval.press("Enter")
        await card.getByText(/^30 asked for, .*; not taken yet$/).waitFor()
        asked.length = 0
        const report = { status: { uptimeS: 900, settings: { revision: 1 } } }
        await world.post({ boot: "b9", seq: 1, time: NOW_S, step: 60, co2Ppm: [650], ...report })
        await card.getByText(/^30 taken, /).waitFor()
        assert.ok(!asked.includes("/api/v1/devices"))

        await card.getByRole("button", { name: "New token" }).click()
        const token = (await card.locator("code").textContent()) ?? ""
        const post = { boot: "b9", seq: 2, time: NOW_S, step: 60, co2Ppm: [650] }
        assert.equal((await world.post(post, token)).statusCode, 200)
        await card.getByRole("button", { name: "Revoke" }).click()
        await card.getByText("revoked", { exact: true }).waitFor()
        assert.equal((await world.post({ ...post, seq: 3 }, token)).json().code, "TOKEN_REVOKED")
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
        assert.deepEqual(discrepancies, [])
    })

    it("asks every 10 s while there is no stream, and says when the server is away", async () => {
        await page.clock.install()
        await page.route("**/api/v1/stream*", route => route.fulfill({ status: 503 }))
        await page.route("**/api/v1/alerts", route => route.fulfill({ status: 503, json: {} }))
        await page.goto(`${serving.url}/care`)
        await page.getByText("The server does not respond.").waitFor()
        await page.unroute("**/api/v1/alerts")
        await page.clock.fastForward(10_000)
        await page.getByText("2 of 2 devices work.").waitFor()
        await page.getByRole("row", { name: /^cook Kitchen .* until it is revoked$/ }).waitFor()
        const post = { boot: "b9", seq: 1, time: NOW_S, step: 60, co2Ppm: [650] }
        await world.post(post)
        await page.clock.fastForward(10_000)
        await page.getByText("lowest CO₂ 650 ppm").waitFor()
        await page.route("**/api/v1/**", route => route.abort())
        await page.clock.fastForward(30_000)
        await page.clock.fastForward(10_000)
        await page.getByText("The server does not respond.").waitFor()
    })
})
