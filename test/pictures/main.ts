/** The command `npm run pictures`: every page with simulated rooms, photographed in Chromium. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import mustache from "mustache"
import { type BrowserContextOptions, chromium, type Page } from "playwright-core"
import { command } from "../../devs/commands/command.ts"
import { decodePng, writePalettePng } from "../support/screen/pictures.ts"
import { openPhotographedSchool } from "./photographed-school.ts"

const CHROMIUM = "/usr/bin/chromium"
const README_FOLDER = path.join(import.meta.dirname, "../../devs/api/pages")

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
/** They show as many rooms as there are; all other pages are photographed with 40. */
const pagesOfAllRooms = ["wall", "rooms"]

interface Shot {
    file: string
    rooms: number
    url: string
    isFullPage: boolean
    options: BrowserContextOptions
}

const { folder, quick, readme, only } = command()
    .name("pictures")
    .addOption(new Option("--folder <path>", "where the pictures go").default(".airpin/pictures"))
    .option("--quick", "40 rooms, English, light, on a laptop only")
    .option("--only <text>", "only those with this in their name, such as room-40-phone")
    .option("--readme", "only the pictures of README.md, into devs/api/pages")
    .parse()
    .opts()

const print = (line: string) => process.stdout.write(`${line}\n`)

const shots = readme ? readmeShots() : allShots()
const startedMs = performance.now()
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
try {
    await mkdir(folder, { recursive: true })
    for (const rooms of new Set(shots.map(shot => shot.rooms))) await photograph(rooms)
    if (!readme) {
        const template = await readFile(new URL("index.mustache", import.meta.url), "utf8")
        const files = shots.map(({ file }) => file)
        await writeFile(path.join(folder, "index.html"), mustache.render(template, { files }))
    }
    print(`${shots.length} pictures in ${secondsSince(startedMs)} s: ${readme ? README_FOLDER : folder}`)
} finally {
    await browser.close()
}

async function photograph(rooms: number): Promise<void> {
    const school = await openPhotographedSchool({ rooms })
    try {
        for (const shot of shots.filter(shot => shot.rooms === rooms)) {
            const context = await browser.newContext({ ...shot.options, serviceWorkers: "block" })
            await context.addCookies([school.session])
            const page = await context.newPage()
            await page.goto(school.url + shot.url)
            await take(page, shot)
            await context.close()
        }
    } finally {
        await school.end()
    }
}

async function take(page: Page, { file, isFullPage }: Shot): Promise<void> {
    await page.waitForTimeout(400)
    const bytes = await page.screenshot({ fullPage: isFullPage, animations: "disabled" })
    if (readme) await writePalettePng(path.join(README_FOLDER, file), decodePng(bytes))
    else await writeFile(path.join(folder, file), bytes)
    const at = shots.findIndex(shot => shot.file === file) + 1
    print(`${at} of ${shots.length}  ${secondsSince(startedMs)} s  ${file}`)
}

function allShots(): Shot[] {
    const all: Shot[] = []
    for (const rooms of quick ? [40] : [1, 6, 40, 120])
        for (const [screen, viewport] of Object.entries(screens))
            for (const locale of ["en-GB", "de-DE"])
                for (const colorScheme of ["light", "dark"] as const)
                    for (const [name, url] of Object.entries(pages)) {
                        const isOfAllRooms = pagesOfAllRooms.includes(name)
                        if (quick && (screen !== "laptop" || locale !== "en-GB" || colorScheme !== "light")) continue
                        if (rooms !== 40 && !isOfAllRooms) continue
                        const file = `${name}-${rooms}-${screen}-${locale.slice(0, 2)}-${colorScheme}.png`
                        const options = { viewport, locale, colorScheme }
                        all.push({ file, rooms, url, isFullPage: !isOfAllRooms, options })
                    }
    return all.filter(({ file }) => only === undefined || file.includes(only))
}

/** At the width at which they are shown. */
function readmeShots(): Shot[] {
    const shot = (file: string, url: string, rooms: number, width: number, height: number): Shot => {
        const options = { viewport: { width, height }, locale: "en-GB", colorScheme: "light" } as const
        return { file, rooms, url, isFullPage: false, options }
    }
    return [
        shot("wall.png", pages.wall, 28, 1280, 720),
        shot("room.png", pages.room, 28, 1080, 860),
        shot("school.png", pages.school, 28, 1280, 860),
    ]
}

function secondsSince(ms: number): number {
    return Math.round((performance.now() - ms) / 1000)
}
