import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { chromium } from "playwright-core"
import { serve } from "../../../devs/api/server.ts"
import { openClosedWorld, PASSWORD } from "../security/closed-world.ts"
import { NOW_S } from "../support/world.ts"

const CHROMIUM = "/usr/bin/chromium"

describe("the page of care", () => {
    before(function () {
        if (existsSync(CHROMIUM)) return
        console.log(`      ${CHROMIUM} is missing`)
        this.skip()
    })

    it("changes a setting, shows it as asked for and then as taken, and revokes a token", async () => {
        const world = await openClosedWorld()
        const serving = await serve({ app: world.app, port: 0 })
        const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
        try {
            const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
            const discrepancies: string[] = []
            page.on("console", message => discrepancies.push(message.text()))
            page.on("pageerror", error => discrepancies.push(error.message))
            await page.goto(`${serving.url}/log-in`)
            await page.getByLabel("Name").fill("ada")
            await page.getByLabel("Password").fill(PASSWORD)
            await page.getByRole("button").click()
            await page.waitForURL(url => url.pathname === "/")
            discrepancies.length = 0
            await page.clock.install()
            await page.goto(`${serving.url}/care#device-kitchen`)

            const card = page.locator("#device-kitchen")
            const interval = card.getByLabel("Seconds per reading")
            await interval.fill("3601")
            await interval.press("Enter")
            await card.getByText("Out of range: Seconds per reading").waitFor()
            await interval.fill("30")
            await interval.press("Enter")
            await card.getByText(/^30 asked for, .*; not taken yet$/).waitFor()
            const report = { status: { uptimeS: 900, settings: { revision: 1 } } }
            await world.post({ boot: "b9", seq: 1, time: NOW_S, step: 60, co2Ppm: [650], ...report })
            await page.clock.fastForward(10_000)
            await card.getByText(/^30 taken, /).waitFor()

            page.on("dialog", dialog => void dialog.accept())
            await card.getByRole("button", { name: "New token" }).click()
            const token = (await card.locator("code").textContent()) ?? ""
            const post = { boot: "b9", seq: 2, time: NOW_S, step: 60, co2Ppm: [650] }
            assert.equal((await world.post(post, token)).statusCode, 200)
            await card.getByRole("button", { name: "Revoke" }).click()
            await card.getByText("revoked", { exact: true }).waitFor()
            assert.equal((await world.post({ ...post, seq: 3 }, token)).json().code, "TOKEN_REVOKED")
            assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
            assert.deepEqual(discrepancies, [])
        } finally {
            await browser.close()
            await serving.close()
            await world.end()
        }
    })
})
