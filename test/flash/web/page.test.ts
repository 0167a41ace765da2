import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import path from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"
import { writePage } from "../../../devs/flash/web/folder.ts"
import { servePage } from "../../../devs/flash/web/server.ts"
import { filesForImage } from "../../../devs/flash/web/site.ts"
import type { PageServer } from "../../../devs/local-page.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { bridgeSerial } from "../support/bridge-serial.ts"
import { chipBench, contents, imageFor } from "../support/flashing.ts"
import { serveFolder } from "../support/serve-folder.ts"

const CHROMIUM = "/usr/bin/chromium"
/** for writing through two programs on a busy machine */
const WRITING_TIMEOUT_MS = 60_000

const image = imageFor("esp32")
const facts = {
    board: "A <b>board</b>",
    firmware: "1.2.3",
    hosts: ["air.example.org:443", "spare.example.org:8443"],
    anchors: [
        { subject: "CN=Old Root", notAfter: "2020-02-29T00:00:00.000Z" },
        { subject: "CN=New Root", notAfter: "2099-12-31T23:59:59.000Z" },
    ],
}

describe("the page that flashes, in a browser", function () {
    this.timeout(2 * WRITING_TIMEOUT_MS)
    let browser: Browser
    let server: PageServer
    let page: Page
    /** warnings and errors on the console */
    let discrepancies: string[]
    /** requests to other addresses than the page's */
    let strays: string[]

    before(async function () {
        if (!existsSync(CHROMIUM)) return this.skip()
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
    })
    after(() => browser?.close())

    beforeEach(async () => {
        server = await servePage(filesForImage(image, facts), 0)
        await newPage(server.url)
    })
    afterEach(async () => {
        await page?.close()
        await server?.close()
    })

    async function newPage(own: string): Promise<void> {
        page = await browser.newPage({ viewport: { width: 390, height: 844 } })
        discrepancies = []
        strays = []
        page.on(
            "console",
            message => ["warning", "error"].includes(message.type()) && discrepancies.push(message.text()),
        )
        page.on("pageerror", error => discrepancies.push(error.message))
        page.on("request", request => request.url().startsWith(own) || strays.push(request.url()))
    }

    const installButton = () => page.getByRole("button", { name: "Connect and install" })
    const factTexts = async () =>
        (await page.locator("#facts > *").allInnerTexts()).map(text => text.replaceAll(/\s+/g, " "))

    async function open(url = server.url): Promise<void> {
        await page.goto(url)
        await page.locator("#facts dd").first().waitFor()
    }

    it("shows the image, its server and its anchors", async () => {
        await open()
        assert.equal(await page.locator("h2").first().textContent(), "Install airpin on A <b>board</b>")
        assert.deepEqual((await factTexts()).slice(0, -1), [
            "Chip",
            "ESP32",
            "Firmware",
            "1.2.3",
            "Pinned to",
            "air.example.org:443",
            "spare.example.org:8443",
            "Trusts",
            "CN=Old Root ended 29 February 2020",
            "CN=New Root until 31 December 2099",
            "Image",
        ])
        assert.match((await factTexts()).at(-1)!, /^0\.\d\d MB, SHA-256 [0-9a-f]{12}…$/)
    })

    it("is ready to install, loads nothing from elsewhere, logs no errors, and fits a phone", async () => {
        await open()
        assert.equal(await installButton().isEnabled(), true)
        assert.deepEqual(await page.getByRole("alert").filter({ visible: true }).allTextContents(), [])
        assert.deepEqual([discrepancies, strays], [[], []])
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 390)
    })

    it("shows what to do instead of the button in a browser without Web Serial", async () => {
        await page.addInitScript("delete Navigator.prototype.serial")
        await open()
        const [refusal, ...others] = await page.getByRole("alert").filter({ visible: true }).allInnerTexts()
        assert.match(
            refusal!,
            /^This browser cannot reach a USB device\.\s+It has no Web Serial\. Open this page in Chrome or Edge/,
        )
        assert.deepEqual([others, await installButton().isVisible()], [[], false])
    })

    it("helps when no port was chosen", async () => {
        // a headless browser has no chooser and would wait for ever
        await page.addInitScript(
            `navigator.serial.requestPort = async () => { throw new DOMException("none", "NotFoundError") }`,
        )
        await open()
        await installButton().click()
        await page.getByText("No port selected").waitFor()
        assert.deepEqual(strays, [])
    })

    it("shows a message when its server is gone", async () => {
        await page.route("**/facts.json", route => route.abort())
        await page.goto(server.url)
        await page.getByRole("alert").getByText("the server of this page does not respond").waitFor()
    })

    it("works as a folder on any web server, below any path", async () => {
        const root = await temporaryFolder()
        await writePage(filesForImage(image, facts), path.join(root, "below", "flasher"))
        const other = await serveFolder(root)
        try {
            await page.close()
            await newPage(`${other.url}/below/flasher/`)
            await open(`${other.url}/below/flasher/`)
            assert.equal(await installButton().isEnabled(), true)
            assert.deepEqual([discrepancies, strays], [[], []])
        } finally {
            await other.close()
        }
    })

    describe("with a chip plugged in", () => {
        const plugIn = chipBench()

        /** Clicks through the dialogs of ESP Web Tools up to the last question. */
        async function install(): Promise<void> {
            await installButton().click()
            await page.getByText("Install airpin for A <b>board</b>").click()
            assert.equal(await page.getByRole("checkbox").isChecked(), false)
            await page.getByRole("button", { name: "Next" }).click()
            await page.getByText(/Do you want to install\s+airpin for A <b>board<\/b>\s1\.2\.3\?/).waitFor()
            await page.getByRole("button", { name: "Install", exact: true }).click()
        }

        it("writes every byte of the image", async () => {
            const chip = await plugIn()
            await bridgeSerial(page, () => chip.path)
            await open()
            await install()
            await page
                .locator('ewt-page-message[label="Installation complete!"]')
                .waitFor({ timeout: WRITING_TIMEOUT_MS })
            assert.ok(contents(chip, image).equals(image.bytes))
            assert.ok(chip.flash.subarray(0, image.startAt).every(byte => byte === 0xff))
            assert.deepEqual([discrepancies, strays], [[], []])
        })

        it("refuses a chip of another type than the image's", async () => {
            const chip = await plugIn({ kind: "esp32s3" })
            await bridgeSerial(page, () => chip.path)
            await open()
            await install()
            await page.getByText("Installation failed").waitFor({ timeout: WRITING_TIMEOUT_MS })
            const reason = await page
                .locator("ewt-page-message")
                .evaluate((message: { label?: string }) => message.label)
            assert.equal(reason, "Your ESP32-S3 board is not supported.")
            assert.deepEqual([...chip.sectorsTouched], [])
        })
    })
})
