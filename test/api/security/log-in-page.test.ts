import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { type Browser, chromium, type Page } from "playwright-core"
import { writeEdgeStatus } from "../../../devs/api/pins/edge-state.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import { heldBackStatus } from "../pins/edge-samples.ts"
import { type ClosedWorld, openClosedWorld, PASSWORD } from "./closed-world.ts"

const CHROMIUM = "/usr/bin/chromium"

describe("logging in with a browser", function () {
    this.timeout(30_000)
    let browser: Browser
    let world: ClosedWorld
    let serving: Serving
    let page: Page
    /** a page of another site with links to this server */
    let otherSite: Server
    let consoleTexts: string[]

    before(async function () {
        if (!existsSync(CHROMIUM)) return this.skip()
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
    })
    after(() => browser?.close())

    beforeEach(async () => {
        world = await openClosedWorld()
        serving = await serve({ app: world.app, port: 0 })
        otherSite = createServer((_request, response) => {
            response.setHeader("content-type", "text/html")
            response.end(
                `<a id="link" href="${serving.url}/v/${world.kitchenOnly}">x</a> <a id="home" href="${serving.url}/">x</a>`,
            )
        }).listen(0)
        page = await browser.newPage({ locale: "en-GB", viewport: { width: 390, height: 844 } })
        consoleTexts = []
        page.on("console", message => consoleTexts.push(message.text()))
        page.on("pageerror", error => consoleTexts.push(error.message))
    })
    afterEach(async () => {
        await page?.close()
        otherSite.close()
        await serving.close()
        await world.end()
    })

    const names = () => page.locator(".tile .name").allTextContents()
    const openOtherSite = () => page.goto(`http://localhost:${(otherSite.address() as AddressInfo).port}/`)

    async function logIn(password: string): Promise<void> {
        await page.fill("[name=name]", "ada")
        await page.fill("[name=password]", password)
        await page.click("button")
    }

    it("works with name and password, says when they are wrong, and ends with the log-out", async () => {
        await page.goto(serving.url)
        assert.equal(page.url(), `${serving.url}/log-in`)
        assert.equal(await page.locator(".message:visible").count(), 0)
        assert.deepEqual(consoleTexts, [])
        await logIn("wrong horse battery")
        await page.locator("#wrong:visible").waitFor()
        await logIn(PASSWORD)
        await page.locator(".tile").nth(1).waitFor()
        assert.deepEqual([page.url(), await names()], [`${serving.url}/`, ["Attic", "Kitchen"]])
        await page.getByRole("button", { name: "Log out" }).click()
        await page.waitForURL(`${serving.url}/log-in`)
        await page.goto(serving.url)
        assert.equal(page.url(), `${serving.url}/log-in`)
    })

    it("works by a link on another site; then it is neither in the address bar nor in the history", async () => {
        await openOtherSite()
        await page.click("#link")
        await page.locator(".tile").waitFor()
        assert.deepEqual([page.url(), await names()], [`${serving.url}/`, ["Kitchen"]])
        assert.equal(await page.evaluate("document.referrer"), "")
        await page.goBack()
        assert.match(page.url(), /^http:\/\/localhost/)
        // browsers send no cookie for this, but the log-in page finds that none is needed
        await page.click("#home")
        await page.locator(".tile").waitFor()
        assert.equal(page.url(), `${serving.url}/`)
    })

    it("is needed again once the page is told that the session has ended, and when a link is not valid", async () => {
        await page.goto(`${serving.url}/v/${world.everything}`)
        await page.locator(".tile").nth(1).waitFor()
        await page.context().clearCookies()
        world.app.endStreams()
        await page.waitForURL(`${serving.url}/log-in`)
        await page.goto(`${serving.url}/v/link_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`)
        assert.match((await page.locator(".message:visible").textContent())!, /^This link is not valid any more/)
    })

    it("shows an admin, and no one else, which devices a new certificate would lock out", async () => {
        await writeEdgeStatus(world.db, heldBackStatus(["kitchen", "gym"], 12))
        await page.goto(serving.url)
        await logIn(PASSWORD)
        await page.getByRole("link", { name: "Care", exact: true }).click()
        await page.getByText("A new certificate is not used, because devices would refuse it").first().waitFor()
        assert.match(`${await page.locator("main").textContent()}`, /gym/)
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
        await page.context().clearCookies()
        await page.goto(`${serving.url}/v/${world.everything}`)
        await page.locator("button", { hasText: "Log out" }).waitFor()
        assert.equal(await page.getByRole("link", { name: "Care", exact: true }).count(), 0)
    })

    it("lets an admin make a link for one room, and revoke it", async () => {
        await page.goto(`${serving.url}/log-in`)
        await logIn(PASSWORD)
        await page.getByRole("link", { name: "Who may read" }).click()
        await page.locator("tbody tr").nth(1).waitFor()
        await page.locator("option[value=attic]").waitFor({ state: "attached" })
        await page.fill("[name=name]", "<i>Guest</i>")
        await page.selectOption("[name=device]", "attic")
        await page.getByRole("button", { name: "Make it" }).click()
        const made = page.locator("#made code", { hasText: "link_" })
        await made.waitFor()
        const link = (await made.textContent())!
        assert.match(link, new RegExp(`^${serving.url}/v/link_[\\w-]{32}$`))
        const row = page.locator("tbody tr", { hasText: "<i>Guest</i>" })
        assert.match((await row.textContent())!, /Attic/)
        const guest = await (await browser.newContext({ locale: "en-GB" })).newPage()
        await guest.goto(link)
        await guest.locator(".tile").waitFor()
        assert.deepEqual(await guest.locator(".tile .name").allTextContents(), ["Attic"])
        assert.equal(await guest.getByRole("link", { name: "Who may read" }).isVisible(), false)
        page.on("dialog", dialog => dialog.accept())
        await row.getByRole("button").click()
        await row.waitFor({ state: "detached" })
        await guest.goto(link)
        assert.match(guest.url(), /log-in#link$/)
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
        assert.deepEqual(consoleTexts, [])
        await guest.context().close()
    })
})
