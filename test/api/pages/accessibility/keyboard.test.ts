import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import type { Page } from "playwright-core"
import { readSite } from "../../../../devs/api/site/site-store.ts"
import { assertFocus, assertRound, tabTo } from "./keyboard.ts"
import { CHROMIUM, type MadeUpSchool, openMadeUpSchool, PASSWORD } from "./made-up-school.ts"

/** Elements that take longer than 10 ms to change. */
const MOVING = `[...document.querySelectorAll("*")].filter(element =>
    [null, "::before", "::after"].some(part => {
        const { animationDuration, transitionDuration } = getComputedStyle(element, part)
        return [animationDuration, transitionDuration].join().split(",").some(time => parseFloat(time) > 0.01)
    }),
).map(({ outerHTML }) => outerHTML.slice(0, 100))`

describe("with the keyboard only", function () {
    this.timeout(60_000)
    let school: MadeUpSchool
    let admin: Page
    let guest: Page
    /** what the next confirmation is told */
    let isConfirmed = true

    before(async function () {
        if (!existsSync(CHROMIUM)) return this.skip()
        school = await openMadeUpSchool()
        admin = await school.admin.newPage()
        guest = await school.guest.newPage()
        admin.on("dialog", dialog => void (isConfirmed ? dialog.accept() : dialog.dismiss()))
    })
    after(() => school?.close())

    it("the wall is read in another theme and language, and a room is opened", async () => {
        await guest.goto("/")
        await guest.keyboard.press("Tab")
        await assertFocus(guest, ".skip")
        await guest.keyboard.press("Enter")
        await assertFocus(guest, "#main")
        await tabTo(guest, "#group")
        await tabTo(guest, "[data-id] a")
        await assertRound(guest)
        await tabTo(guest, "#theme", "Shift+Tab")
        await guest.keyboard.press("ArrowDown")
        assert.equal(await guest.evaluate("document.documentElement.dataset.theme"), "light")
        await tabTo(guest, "#language", "Shift+Tab")
        for (const language of ["de", "fr"]) {
            await guest.keyboard.press("ArrowDown")
            await guest.waitForSelector(`html[lang=${language}] label:not([hidden]) > #language`)
            await assertFocus(guest, "#language")
        }
        await tabTo(guest, "[data-id=kitchen] a")
        await guest.keyboard.press("Enter")
        await guest.waitForURL(/\/rooms\/kitchen$/)
    })

    it("a room is read over any span, as a table, a file and a picture, and its link is made", async () => {
        await admin.goto("/rooms/kitchen")
        await admin.locator("canvas").waitFor()
        await assertRound(admin)
        await tabTo(admin, "[data-days='7']")
        await admin.keyboard.press("Space")
        await admin.waitForSelector("[data-days='7'][aria-pressed=true]")
        await assertFocus(admin, "[data-days='7']")
        await tabTo(admin, "#selection [name=from]")
        // the fourth part of it is the hour
        for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp"]) await admin.keyboard.press(key)
        await tabTo(admin, "#selection button[type=submit]")
        await admin.keyboard.press("Enter")
        await admin.waitForSelector("#ranges:not(:has([aria-pressed=true]))")
        for (const [file, key] of [
            ["#csv", "Enter"],
            ["#picture", "Space"],
        ] as const) {
            await tabTo(admin, file)
            const download = admin.waitForEvent("download")
            await admin.keyboard.press(key)
            await (await download).cancel()
            await assertFocus(admin, file)
        }
        await tabTo(admin, "#table > summary")
        await admin.keyboard.press("Enter")
        await admin.locator("#table tbody tr").first().waitFor()
        await tabTo(admin, "#make")
        await admin.keyboard.press("Enter")
        await admin.locator("#sheet svg").waitFor()
        await assertFocus(admin, "#make")
        await tabTo(admin, "#print")
    })

    it("weeks and hours of the school are read, and the report is printed", async () => {
        await admin.goto("/school")
        await assertRound(admin)
        await tabTo(admin, "[rel=prev]")
        await admin.keyboard.press("Enter")
        await admin.waitForURL(/from=/)
        await tabTo(admin, "[rel=next]")
        await admin.keyboard.press("Enter")
        await admin.waitForURL(/from=2025-01-13|\/school$/)
        await tabTo(admin, "tr[data-room] td")
        for (const key of ["ArrowRight", "ArrowDown", "End", "Home"]) await admin.keyboard.press(key)
        await admin.locator("#tip:not([hidden])").waitFor()
        await assertFocus(admin, "tr[data-room] td:nth-child(2)")
        await tabTo(admin, "a[href*=report]", "Shift+Tab")
        await admin.keyboard.press("Enter")
        await admin.locator("#print:not([hidden])").waitFor()
        await admin.evaluate("window.print = () => { window.printed = true }")
        await assertRound(admin)
        await tabTo(admin, "#print")
        await admin.keyboard.press("Space")
        assert.equal(await admin.evaluate("window.printed"), true)
    })

    it("settings of the school are changed and saved", async () => {
        await admin.goto("/school/settings")
        await assertRound(admin)
        await tabTo(admin, "[name=name]")
        await admin.keyboard.press("End")
        await admin.keyboard.type(" West")
        await tabTo(admin, "#holidays [data-remove]")
        await admin.keyboard.press("Enter")
        await assertFocus(admin, "[data-add=holidays]")
        await tabTo(admin, "#hours [data-remove]", "Shift+Tab")
        await tabTo(admin, "[data-add=hours]")
        await admin.keyboard.press("Space")
        await assertFocus(admin, "#hours .row:nth-child(2) [data-field=from]")
        await tabTo(admin, "#hours .row:nth-child(2) [data-remove]")
        await admin.keyboard.press("Space")
        await assertFocus(admin, "#hours .row:nth-child(1) [data-remove]")
        await tabTo(admin, "[type=submit].primary")
        await admin.keyboard.press("Enter")
        await admin.locator("#result:not(:empty)").waitFor()
        await assertFocus(admin, "[type=submit].primary")
        const { name, holidays } = await readSite(school.world.db.sql)
        assert.deepEqual({ name, holidays }, { name: "Elm School West", holidays: [] })
    })

    it("a device is set and recalibrated, gets a new token, and is revoked", async () => {
        await admin.goto("/care")
        await admin.locator("#device-kitchen").waitFor()
        const device = "#device-kitchen"
        await tabTo(admin, `${device} > summary`)
        await admin.keyboard.press("Enter")
        await admin.locator(`${device} .recalibration:not([hidden])`).waitFor()
        await assertRound(admin)
        await tabTo(admin, `${device} [name=INTERVAL_S]`)
        await admin.keyboard.press("Control+A")
        await admin.keyboard.type("99999")
        await admin.keyboard.press("Enter")
        await admin.locator(`${device} .settings .wrong`).waitFor()
        await assertFocus(admin, `${device} [name=INTERVAL_S][aria-invalid=true]`)
        await admin.keyboard.press("Control+A")
        await admin.keyboard.type("120")
        await admin.keyboard.press("Enter")
        await admin.locator(`${device} [name=INTERVAL_S] + [data-state=asked]`).waitFor()
        await assertFocus(admin, `${device} [name=INTERVAL_S]`)

        await tabTo(admin, `${device} .recalibration input`)
        await admin.keyboard.press("Control+A")
        await admin.keyboard.type("1600")
        await tabTo(admin, `${device} .recalibration button`)
        await admin.keyboard.press("Enter")
        await admin.locator(`${device} .recalibration .outcome:not(:empty)`).waitFor()
        // once a day is enough
        await admin.locator(`${device} .recalibration button:disabled`).waitFor()
        await assertFocus(admin, `${device} .recalibration input`)

        const [renew, revoke] = [`${device} section .line button:not(.danger, form *)`, `${device} .danger`]
        await tabTo(admin, renew)
        await admin.keyboard.press("Enter")
        await admin.locator(`${device} .token:not([hidden])`).waitFor()
        await assertFocus(admin, renew)
        await tabTo(admin, revoke)
        isConfirmed = false
        await admin.keyboard.press("Space")
        await assertFocus(admin, revoke)
        isConfirmed = true
        await admin.keyboard.press("Space")
        await admin.locator(`${device}:not(:has(.danger))`).waitFor()
        await assertFocus(admin, `${device} > summary`)
    })

    it("a link is made and revoked", async () => {
        await admin.goto("/care")
        await admin.locator("#attention li").first().waitFor()
        await tabTo(admin, "main a[href$=links]")
        await admin.keyboard.press("Enter")
        await admin.locator("#links:not([hidden]), #none:not([hidden])").first().waitFor()
        await tabTo(admin, "#add [name=name]")
        await admin.keyboard.type("Corridor")
        await tabTo(admin, "#add [name=days]")
        await admin.keyboard.press("ArrowDown")
        await tabTo(admin, "#add button")
        await admin.keyboard.press("Enter")
        await admin.locator("#links tbody tr", { hasText: "Corridor" }).waitFor()
        await assertFocus(admin, "#add button")
        await assertRound(admin)
        await tabTo(admin, "#links button")
        for (let links = await admin.locator("#links tbody tr").count(); links > 0; links--) {
            await assertFocus(admin, "#links button")
            await admin.keyboard.press("Enter")
            const fewer = `#links tbody:not(:has(tr:nth-child(${links})))`
            await admin.waitForSelector(fewer, { state: "attached" })
        }
        await assertFocus(admin, "#add [name=name]")
    })

    it("somebody logs in", async () => {
        await guest.goto("/log-in")
        await assertRound(guest)
        await tabTo(guest, "[name=name]")
        await guest.keyboard.type("ada")
        await tabTo(guest, "[name=password]")
        await guest.keyboard.type(PASSWORD)
        await guest.keyboard.press("Enter")
        await guest.locator("form[action$=log-out]").waitFor()
    })

    it("or without motion: no page moves by itself", async () => {
        await admin.emulateMedia({ reducedMotion: "reduce" })
        for (const path of ["/", "/wall", "/rooms/room-101", "/school", "/care"]) {
            await admin.goto(path)
            assert.deepEqual(await admin.evaluate(MOVING), [], path)
        }
    })
})
