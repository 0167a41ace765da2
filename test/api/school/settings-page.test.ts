import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { chromium } from "playwright-core"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { serve } from "../../../devs/api/server.ts"
import { readSite } from "../../../devs/api/site/site-store.ts"
import { openClosedWorld, PASSWORD } from "../security/closed-world.ts"
import { NOW_S } from "../support/world.ts"

const CHROMIUM = "/usr/bin/chromium"
const PAGE_OBJECT = /\/Type\s*\/Page\b/g

describe("the pages of a school in Chromium", () => {
    before(function () {
        if (existsSync(CHROMIUM)) return
        console.log(`      ${CHROMIUM} is missing`)
        this.skip()
    })

    it("store what an admin sets, show it in the map, and print 40 rooms on one page", async () => {
        const world = await openClosedWorld()
        for (let at = 0; at < 38; at++)
            await addDevice(world.db, { id: `room-${at}`, name: `Room ${at}`, createdAt: NOW_S })
        const serving = await serve({ app: world.app, port: 0 })
        const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
        try {
            const page = await browser.newPage({
                locale: "en-GB",
                viewport: { width: 390, height: 844 },
                hasTouch: true,
            })
            await page.goto(`${serving.url}/log-in`)
            await page.getByLabel("Name").fill("ada")
            await page.getByLabel("Password").fill(PASSWORD)
            await page.getByRole("button").click()
            await page.waitForURL(url => url.pathname === "/")
            const discrepancies: string[] = []
            page.on("console", message => discrepancies.push(message.text()))
            page.on("pageerror", error => discrepancies.push(error.message))

            await page.goto(`${serving.url}/school/settings`)
            await page.getByRole("button", { name: /^Schools/ }).click()
            await page.getByRole("button", { name: "Add a holiday" }).click()
            const holiday = page.locator("#holidays .row")
            await holiday.getByLabel("First day").fill("2025-01-13")
            await holiday.getByLabel("Last day").fill("2025-01-13")
            await holiday.getByLabel("Name").fill("Snow")
            await page.getByRole("group", { name: "Kitchen" }).getByLabel("Group").fill("Main / 1")
            await page.getByRole("button", { name: "Save" }).click()
            await page.getByText("Saved.", { exact: true }).waitFor()
            const { limits, holidays, rooms } = await readSite(world.db.sql)
            assert.deepEqual(limits, { fairPpm: 800, poorPpm: 1400 })
            assert.deepEqual(holidays, [{ from: "2025-01-13", to: "2025-01-13", name: "Snow" }])
            assert.deepEqual(rooms["kitchen"], { group: "Main / 1" })

            await page.goto(`${serving.url}/school`)
            await page.getByRole("columnheader", { name: /Snow/ }).waitFor()
            assert.match((await page.locator("tr.group").textContent()) ?? "", /Main \/ 1/)
            assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
            await page.getByText("from 1,000 ppm: above the aim for the mean of a lesson").waitFor()

            await page.getByRole("gridcell").first().focus()
            for (const key of ["Control+End", "Home", "Control+Home", "ArrowLeft", "ArrowDown", "End", "ArrowUp"])
                await page.keyboard.press(key)
            const focused = page.locator("td:focus")
            assert.equal(await focused.textContent(), "Kitchen, Fri 17 Jan, 13:00–14:00: no readings")
            assert.equal(await page.getByRole("grid").locator("td[tabindex]").count(), 1)
            const measured = page.getByRole("row", { name: /^Kitchen/ }).locator("td[data-mean]")
            await measured.tap()
            const tip = "Kitchen, Wed 15 Jan, 11:00–12:00: mean 700 ppm, highest 700 ppm, good"
            assert.equal(await page.locator("#tip:not([hidden])").textContent(), tip)
            await measured.tap()
            await page.waitForURL(/\/rooms\/kitchen$/)
            await page.getByText("thin: 1,000 ppm, the aim for the mean of a lesson").waitFor()
            await page.goto(`${serving.url}/school/report`)
            const pdf = await page.pdf({ preferCSSPageSize: true })
            assert.equal(pdf.toString("latin1").match(PAGE_OBJECT)?.length, 1)
            assert.deepEqual(discrepancies, [])
        } finally {
            await browser.close()
            await serving.close()
            await world.end()
        }
    })
})
