import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import type { Page } from "playwright-core"
import { languages } from "../../../../devs/api/pages/language.ts"
import { violationsOf } from "./axe.ts"
import { CHROMIUM, type MadeUpSchool, openMadeUpSchool } from "./made-up-school.ts"

const isFull = process.env["AIRPIN_AXE"] === "full"
const themes = ["light", "dark", "contrast"]
const screens = { laptop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } }

interface View {
    path: string
    as: "guest" | "admin"
    /** shows what is hidden at first */
    prepare?(page: Page): Promise<unknown>
}

/** Messages that are hidden while all is well. */
const SHOW_MESSAGES = `for (const message of document.querySelectorAll("[role=alert][hidden]")) {
    message.hidden = false
    message.textContent ||= "The disk is full."
}`
const OPEN_ALL = `for (const details of document.querySelectorAll("details")) details.open = true`

const views: Record<string, View> = {
    rooms: { path: "/", as: "admin", prepare: page => page.evaluate(SHOW_MESSAGES) },
    wall: { path: "/wall", as: "guest" },
    room: {
        path: "/rooms/kitchen",
        as: "guest",
        async prepare(page) {
            await page.locator("#marks li").first().waitFor()
            await page.evaluate(`${SHOW_MESSAGES}; ${OPEN_ALL}`)
            await page.locator("#table tbody tr").first().waitFor()
        },
    },
    "room of an admin": { path: "/rooms/room-106", as: "admin", prepare: page => page.locator("canvas").waitFor() },
    "room without readings": {
        path: "/rooms/room-library",
        as: "guest",
        prepare: page => page.locator("#none").waitFor(),
    },
    school: { path: "/school", as: "admin" },
    settings: {
        path: "/school/settings",
        as: "admin",
        async prepare(page) {
            for (const kind of ["hours", "holidays"]) await page.locator(`[data-add=${kind}]`).click()
            await page.locator("#settings button[type=submit]").click()
        },
    },
    report: { path: "/school/report?month=2025-01", as: "admin" },
    care: {
        path: "/care",
        as: "admin",
        async prepare(page) {
            await page.locator("#device-kitchen").waitFor()
            await page.evaluate(OPEN_ALL)
            await page.locator("#device-kitchen .recalibration:not([hidden])").waitFor()
            await page.evaluate(`${OPEN_ALL}; ${SHOW_MESSAGES}`)
            const interval = page.locator("#device-kitchen .settings input").first()
            await interval.fill("999999")
            await interval.press("Enter")
            await page.locator("#device-kitchen .outcome.wrong").waitFor()
        },
    },
    "log-in": { path: "/log-in#link", as: "guest", prepare: page => page.evaluate(SHOW_MESSAGES) },
    refusal: { path: "/nowhere", as: "guest", prepare: page => page.evaluate(OPEN_ALL) },
    links: {
        path: "/links",
        as: "admin",
        prepare: page => page.locator("#none:not([hidden]), #links:not([hidden])").waitFor(),
    },
}

/** Views of the short form: each has a language of its own, and every theme and screen is among them. */
const mostUsed = ["rooms", "room", "school", "settings", "care", "log-in"]

/** Every view with every theme, language and screen; or those most used, once. */
function combinations() {
    if (!isFull)
        return mostUsed.map((view, at) => ({
            view,
            theme: themes[at % themes.length] ?? "",
            language: Object.keys(languages)[at % 6] ?? "",
            screen: at % 4 === 3 ? ("phone" as const) : ("laptop" as const),
        }))
    return (["laptop", "phone"] as const).flatMap(screen =>
        Object.keys(languages).flatMap(language =>
            themes.flatMap(theme => Object.keys(views).map(view => ({ view, theme, language, screen }))),
        ),
    )
}

describe("axe finds nothing", function () {
    this.timeout(30_000)
    let school: MadeUpSchool
    const pages = new Map<string, Page>()

    before(async function () {
        if (!existsSync(CHROMIUM)) return this.skip()
        school = await openMadeUpSchool()
        for (const as of ["guest", "admin"] as const) pages.set(as, await school[as].newPage())
    })
    after(() => school?.close())

    for (const { view, theme, language, screen } of combinations())
        it(`in ${view}, ${theme}, ${language}, on a ${screen}`, async () => {
            const { path, as, prepare } = views[view]!
            const page = pages.get(as)!
            await page.setViewportSize(screens[screen])
            await school[as].addCookies(
                Object.entries({ theme, language }).map(([name, value]) => ({ name, value, url: school.url })),
            )
            await page.goto(path)
            await prepare?.(page)
            assert.deepEqual(await violationsOf(page), [])
        })
})
