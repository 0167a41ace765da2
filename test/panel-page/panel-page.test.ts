import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"
import { airpinUntil, temporaryFolder } from "../support/airpin.ts"

const CHROMIUM = "/usr/bin/chromium"
const START_TIMEOUT_MS = 120_000
const STEP_TIMEOUT_MS = 30_000

/** One simulation for the whole file: each test goes on where the one before has ended. */
describe("the page of a simulated panel, in a browser", function () {
    this.timeout(START_TIMEOUT_MS)
    let browser: Browser
    let page: Page
    let simulation: Awaited<ReturnType<typeof airpinUntil>>
    let folder: string
    /** errors on the console, and requests to other addresses than the page's */
    const discrepancies: string[] = []

    before(async function () {
        if (!existsSync(CHROMIUM)) return this.skip()
        folder = await temporaryFolder()
        const options = ["--board", "m5stack_fire", "--interval", "10", "--batch", "2", "--export", "server.csv"]
        const isReady = (stdout: string) => /^panel .*\n/m.test(stdout)
        simulation = await airpinUntil(["sim", "--panel", ...options], isReady, START_TIMEOUT_MS, folder)
        const url = /^panel +(\S+)/m.exec(simulation.stdout())?.[1] ?? assert.fail(simulation.stdout())
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
        page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
        page.setDefaultTimeout(STEP_TIMEOUT_MS)
        page.on("console", message => message.type() === "error" && discrepancies.push(message.text()))
        page.on("pageerror", error => discrepancies.push(error.message))
        page.on("request", request => request.url().startsWith(url) || discrepancies.push(request.url()))
        await page.goto(url)
    })
    after(async () => {
        await browser?.close()
        await simulation?.stop()
    })

    const picture = () => page.evaluate<string>("document.querySelector('canvas').toDataURL()")
    const speed = (name: string) => page.getByRole("button", { name, exact: true }).click()
    const slide = (name: string, value: number) => page.getByRole("slider", { name, exact: true }).fill(`${value}`)
    const pixels = (box: string) =>
        page.evaluate<string>(`document.querySelector("canvas").getContext("2d").getImageData(${box}).data.join()`)
    /** the right end of the status bar: Wi-Fi, server, readings waiting */
    const icons = () => pixels("200, 0, 120, 26")
    /** behind the value */
    const background = async () => {
        const [red = NaN, green = NaN] = (await pixels("300, 60, 1, 1")).split(",").map(Number)
        return { red, green }
    }
    const newestCo2 = () => page.locator("#server tbody tr").first().locator("td").nth(1).textContent()
    const counts = async () => {
        const text = `${await page.locator("#facts dd").first().textContent()}`
        const [taken = NaN, acknowledged = NaN, lost = NaN] = (text.match(/\d+/g) ?? []).map(Number)
        return { taken, acknowledged, lost }
    }
    const light = async () => {
        const [red = NaN, green = NaN, blue = NaN] = (
            `${await page.locator("#light output").textContent()}`.match(/\d+/g) ?? []
        ).map(Number)
        return { red, green, blue }
    }

    /** Waits until `value` is as wanted, and returns it. */
    async function until<Value>(
        value: () => Promise<Value>,
        isWanted: (value: Value) => boolean,
        what: string,
    ): Promise<Value> {
        const endMs = performance.now() + STEP_TIMEOUT_MS
        for (;;) {
            const found = await value()
            if (isWanted(found)) return found
            if (performance.now() > endMs) assert.fail(`${what}: ${JSON.stringify(found).slice(0, 200)}`)
            await page.waitForTimeout(100)
        }
    }
    const logged = (words: string) => page.locator("#log li", { hasText: words }).last().waitFor()

    it("shows what the device measures, and what its server has of it", async () => {
        await speed("×60")
        await until(counts, ({ acknowledged }) => acknowledged >= 2, "acknowledged")
        assert.match(`${await newestCo2()}`, /^[45]\d\d$/)
        const { green, red } = await until(light, ({ green }) => green > 0, "light")
        assert.ok(green > red, `red ${red}, green ${green}`)
    })

    it("takes 2,100 ppm from the slider: screen, light and server follow", async () => {
        const { red, green } = await background()
        assert.ok(green > red, `red ${red}, green ${green}`)
        await slide("CO₂, given directly", 2100)
        await until(newestCo2, co2Ppm => Number(co2Ppm) > 2000, "CO2 on the server")
        assert.match(`${await page.locator("#air").textContent()}`, /2100\s+ppm/)
        await until(background, color => color.red > color.green, "red screen")
        await until(light, color => color.red > color.green, "red light")
    })

    it("presses a button as long as the pointer or the key is down, and the screen shows another view", async () => {
        await speed("×1")
        const now = await picture()
        await page.getByRole("button", { name: "Button C" }).click({ delay: 200 })
        const day = await until(picture, shown => shown !== now, "view after the click")
        await page.locator("body").press("3", { delay: 200 })
        await until(picture, shown => shown !== day && shown !== now, "view after the key")
        // A screen reader's press: a click without pointer or key.
        await page.getByRole("button", { name: "Button B" }).dispatchEvent("click")
        await page.locator(".key.down").waitFor()
        await page.locator(".key.down").waitFor({ state: "detached" })
        const { x, y, width, height } = (await page.getByRole("button", { name: "Button A" }).boundingBox())!
        await page.mouse.move(x + width / 2, y + height / 2)
        await page.mouse.down()
        await page.locator(".key.down").waitFor()
        await page.mouse.up()
        await page.locator(".key.down").waitFor({ state: "detached" })
    })

    it("loses no reading while the Wi-Fi is off, and delivers all of them after it", async () => {
        await speed("×60")
        const usual = await icons()
        await page.getByRole("switch", { name: "No Wi-Fi" }).check()
        await logged("uplink state=no-network")
        await until(icons, shown => shown !== usual, "icons")
        const cut = await counts()
        const offline = await until(counts, ({ taken }) => taken >= cut.taken + 3, "readings without Wi-Fi")
        assert.equal(offline.acknowledged, cut.acknowledged)
        await page.getByRole("switch", { name: "No Wi-Fi" }).uncheck()
        const online = await until(counts, ({ acknowledged }) => acknowledged >= offline.taken, "delivered")
        assert.equal(online.lost, 0)
        await until(icons, shown => shown === usual, "icons as before")
    })

    it("shows that the device refuses the certificate of another CA, and recovers with its own", async () => {
        const usual = await icons()
        await page.getByRole("switch", { name: "Certificate of another CA" }).check()
        await logged("uplink state=refused")
        await until(icons, shown => shown !== usual, "icons")
        const { acknowledged, taken } = await counts()
        assert.ok(taken > acknowledged)
        await page.getByRole("switch", { name: "Certificate of another CA" }).uncheck()
        await until(counts, all => all.acknowledged >= taken, "delivered")
        await until(icons, shown => shown === usual, "icons as before")
    })

    it("ends a fault whose switch is turned back at once", async () => {
        const serverAway = page.getByRole("switch", { name: "Server away" })
        await page.route("**/fault", async route => {
            await page.waitForTimeout(400)
            await route.continue()
        })
        await serverAway.click()
        await serverAway.click()
        await page.waitForTimeout(1500)
        await page.unroute("**/fault")
        assert.ok(!(await serverAway.isChecked()))
    })

    it("stands still while paused", async () => {
        await speed("Pause")
        const time = () => page.locator("#clock time").textContent()
        await page.waitForTimeout(500)
        const paused = await time()
        await page.waitForTimeout(1200)
        assert.equal(await time(), paused)
        await speed("×60")
        await until(time, now => now !== paused, "time")
    })

    it("says why a fault cannot start", async () => {
        await page.locator("#fault").fill("wifi-of")
        await page.getByRole("button", { name: "Start", exact: true }).click()
        await page.locator("#refusal", { hasText: "no fault is called" }).waitFor()
        discrepancies.splice(0, 1) // the browser's own line about status 400
        const tooMany = await page.request.post(new URL("room", page.url()).href, { data: { people: 99 } })
        assert.equal(tooMany.status(), 400)
        assert.equal((await tooMany.json()).code, "PANEL_REQUEST_INVALID")
        await page.locator("#fault").fill("response-status code=503")
        await page.getByRole("button", { name: "Start", exact: true }).click()
        await page.getByRole("button", { name: "End response-status code=503" }).click()
        await page.locator("#others li").waitFor({ state: "detached" })
    })

    it("fits a phone, and loads nothing from elsewhere", async () => {
        await page.setViewportSize({ width: 390, height: 844 })
        const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth")
        assert.ok(overflow <= 0, `${overflow} px too wide`)
        assert.deepEqual(discrepancies, [])
    })

    it("ends at Ctrl-C, with every acknowledged reading on the server once and nothing sent to the impostor", async () => {
        await speed("×60")
        const { acknowledged } = await counts()
        const endedAtMs = performance.now()
        const { code, stdout } = await simulation.stop()
        assert.ok(performance.now() - endedAtMs < 5000)
        assert.equal(code, 0)
        const [, taken, known] =
            /(\d+) taken, (\d+) acknowledged, 0 lost, 0 duplicated/.exec(stdout) ?? assert.fail(stdout)
        assert.ok(Number(known) >= acknowledged && Number(taken) >= Number(known))
        const rows = (await readFile(path.join(folder, "server.csv"), "utf8")).trimEnd().split("\n").slice(1)
        // The response to the last post may still be on its way.
        assert.ok(
            rows.length >= Number(known) && rows.length <= Number(taken),
            `${rows.length} on the server: ${stdout}`,
        )
        assert.equal(new Set(rows.map(row => row.split(",", 2).join())).size, rows.length)
        assert.ok(!stdout.includes("▀"), "a picture in a pipe")
        assert.match(stdout, /impostor +0 bytes of plaintext/)
    })
})
