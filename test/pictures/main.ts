/** The command `npm run pictures`: every page with simulated rooms, photographed in Chromium. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import mustache from "mustache"
import { type Browser, chromium } from "playwright-core"
import { addAdmin } from "../../devs/api/access/admins.ts"
import { buildApp } from "../../devs/api/app.ts"
import { type Serving, serve } from "../../devs/api/server.ts"
import { command } from "../../devs/commands/command.ts"
import { openWorld } from "../api/support/world.ts"
import { POST_S, SimulatedSchool } from "../school/simulated-school.ts"

const CHROMIUM = "/usr/bin/chromium"
/** Monday 2025-01-13, 0:00 UTC */
const MONDAY_S = 1_736_726_400
const HOUR_S = 3600
/** Tuesday, in the third lesson */
const NOW_S = MONDAY_S + 34.75 * HOUR_S
const PASSWORD = "correct horse battery staple"

const screens = {
    phone: { width: 390, height: 844 },
    laptop: { width: 1280, height: 800 },
    wall: { width: 1920, height: 1080 },
}
const pages = {
    wall: "/wall",
    rooms: "/",
    room: "/rooms/room-101",
    school: "/school",
    report: "/school/report?month=2025-01",
    care: "/care",
}

const { folder, quick } = command()
    .name("pictures")
    .addOption(new Option("--folder <path>", "where the pictures go").default(".airpin/pictures"))
    .option("--quick", "40 rooms, English, light, on a laptop only")
    .parse()
    .opts()

const print = (line: string) => process.stdout.write(`${line}\n`)

await mkdir(folder, { recursive: true })
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
const taken: string[] = []
try {
    for (const rooms of quick ? [40] : [1, 6, 40, 120]) await photographSchool(browser, rooms)
    const template = await readFile(new URL("index.mustache", import.meta.url), "utf8")
    await writeFile(path.join(folder, "index.html"), mustache.render(template, { files: taken }))
    print(`${taken.length} pictures: ${path.join(folder, "index.html")}`)
} finally {
    await browser.close()
}

/** Two school days of `rooms` rooms; two devices have been silent since the morning, and a sensor is broken. */
async function photographSchool(browser: Browser, rooms: number): Promise<void> {
    const world = await openWorld()
    await world.db.transaction(async sql => sql.updateTable("devices").set({ revokedAt: MONDAY_S }).execute())
    const school = await SimulatedSchool.open(world.db, { rooms, mondayS: MONDAY_S })
    const isSmall = rooms < 6
    for (let nowS = MONDAY_S + 6 * HOUR_S; nowS <= NOW_S; nowS += POST_S)
        await school.post(nowS, {
            silent: !isSmall && nowS > NOW_S - 2 * HOUR_S ? ["103", "Gym"] : [],
            broken: !isSmall && nowS > NOW_S - HOUR_S ? ["105"] : [],
        })
    await addAdmin(world.db, "ada", PASSWORD, MONDAY_S)
    const app = buildApp({ db: world.db, now: () => NOW_S * 1000, monotonicS: () => NOW_S, readThreads: false })
    const serving = await serve({ app, port: 0 })
    try {
        for (const [screen, viewport] of Object.entries(screens))
            for (const locale of ["en-GB", "de-DE"])
                for (const colorScheme of ["light", "dark"] as const) {
                    if (quick && (screen !== "laptop" || locale !== "en-GB" || colorScheme !== "light")) continue
                    const context = await browser.newContext({ viewport, locale, colorScheme, serviceWorkers: "block" })
                    const page = await context.newPage()
                    await logIn(page, serving)
                    for (const [name, url] of Object.entries(pages)) {
                        if (rooms !== 40 && name !== "wall" && name !== "rooms") continue
                        await page.goto(serving.url + url)
                        await page.waitForTimeout(500)
                        const file = `${name}-${rooms}-${screen}-${locale.slice(0, 2)}-${colorScheme}.png`
                        await page.screenshot({ path: path.join(folder, file) })
                        taken.push(file)
                        print(file)
                    }
                    await context.close()
                }
    } finally {
        await serving.close()
        await world.end()
    }
}

async function logIn(page: Awaited<ReturnType<Browser["newPage"]>>, serving: Serving): Promise<void> {
    await page.goto(`${serving.url}/log-in`)
    await page.fill("[name=name]", "ada")
    await page.fill("[name=password]", PASSWORD)
    await page.click("button")
    await page.waitForURL(`${serving.url}/`)
}
