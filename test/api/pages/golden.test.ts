import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"
import { NOW_S, openPhotographedSchool, type PhotographedSchool } from "../../pictures/photographed-school.ts"
import { decodePng, differenceOf, readPng, writePalettePng } from "../../support/screen/pictures.ts"

const CHROMIUM = "/usr/bin/chromium"
const FOLDER = path.join(import.meta.dirname, "../../fixtures/pages")
/** The Chromium and the fonts of the golden pictures. */
const RECORDED_WITH = path.join(FOLDER, "recorded-with.json")
const isUpdate = process.env.AIRPIN_UPDATE_PICTURES === "1"
/** Antialiased edges, and the palette of the golden pictures. */
const TOLERANCE = { threshold: 0.1, includeAA: false }
/** of 230,400; a tile moved by 4 px changes some thousand */
const MAX_PIXELS = 60
/** Two fonts hardly ever give these words the same width, px. */
const MEASURE = `(() => {
    const context = document.createElement("canvas").getContext("2d")
    return ["", "bold "].map(weight => {
        context.font = weight + "100px system-ui, sans-serif"
        return context.measureText("Hamburgefonstiv CO₂ 0123456789 ▼").width
    })
})()`

describe("the pages look as in test/fixtures/pages", function () {
    this.timeout(60_000)
    let browser: Browser
    let school: PhotographedSchool
    /** of each colour scheme */
    const pages: Partial<Record<"light" | "dark", Page>> = {}

    before(async function () {
        if (!existsSync(CHROMIUM)) return this.skip()
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
        const page = await browser.newPage()
        const here = { chromium: browser.version(), textWidthsPx: await page.evaluate(MEASURE) }
        await page.close()
        if (isUpdate) await writeFile(RECORDED_WITH, `${JSON.stringify(here, null, 4)}\n`)
        const there = JSON.parse(await readFile(RECORDED_WITH, "utf8"))
        if (JSON.stringify(here) !== JSON.stringify(there)) {
            process.stderr.write(
                `golden pages skipped: made with ${JSON.stringify(there)}, here ${JSON.stringify(here)}\n`,
            )
            return this.skip()
        }
        school = await openPhotographedSchool({ rooms: 6, fromS: NOW_S - 4 * 3600 })
    })
    after(async () => {
        await browser?.close()
        await school?.end()
    })

    for (const [name, url, colorScheme] of [
        ["wall", "/wall", "light"],
        ["room", "/rooms/room-101", "dark"],
        ["school", "/school", "light"],
        ["care", "/care", "light"],
    ] as const)
        it(`${name}, ${colorScheme}`, async () => {
            const page = await open(url, colorScheme)
            await assertGolden(page, name)
        })

    it("and do not when a tile is moved by 4 px", async () => {
        const page = await open("/wall", "light")
        await page.evaluate(`document.querySelectorAll(".tile")[1].style.translate = "4px"`)
        const { count } = await compared(page, "wall")
        assert.ok(count > 3 * MAX_PIXELS, `${count}`)
    })

    async function open(url: string, colorScheme: "light" | "dark"): Promise<Page> {
        const page = (pages[colorScheme] ??= await newPage(colorScheme))
        const isComplete = url.startsWith("/rooms/") ? page.waitForResponse(/\/events\?/) : undefined
        await page.goto(school.url + url)
        await isComplete
        return page
    }

    async function newPage(colorScheme: "light" | "dark"): Promise<Page> {
        const context = await browser.newContext({
            viewport: { width: 1280, height: 720 },
            deviceScaleFactor: 0.5,
            locale: "en-GB",
            timezoneId: "UTC",
            colorScheme,
            reducedMotion: "reduce",
            serviceWorkers: "block",
        })
        await context.addCookies([school.session])
        const page = await context.newPage()
        await page.clock.setFixedTime(NOW_S * 1000)
        return page
    }

    async function compared(page: Page, name: string) {
        const actual = await photographed(page)
        const expected = await readPng(path.join(FOLDER, `${name}.png`))
        return { actual, expected, ...differenceOf(expected, actual, TOLERANCE) }
    }

    async function assertGolden(page: Page, name: string): Promise<void> {
        if (isUpdate) return await writePalettePng(path.join(FOLDER, `${name}.png`), await photographed(page))
        const { actual, expected, count, difference } = await compared(page, name)
        if (count <= MAX_PIXELS) return
        const folder = await mkdtemp(path.join(tmpdir(), "airpin-pictures-"))
        for (const [kind, picture] of Object.entries({ expected, actual, difference }))
            if (picture) await writePalettePng(path.join(folder, `${name}-${kind}.png`), picture)
        assert.fail(`${count} pixels of ${name} differ: ${folder}; if meant so: AIRPIN_UPDATE_PICTURES=1`)
    }
})

/** When two pictures in a row are the same: what is loaded after the page is there. */
async function photographed(page: Page) {
    let before = ""
    for (;;) {
        const bytes = await page.screenshot({ animations: "disabled" })
        const now = bytes.toString("base64")
        if (now === before) return decodePng(bytes)
        before = now
        await page.waitForTimeout(100)
    }
}
