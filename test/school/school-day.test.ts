import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import type { FastifyInstance } from "fastify"
import { type Browser, chromium, type Page } from "playwright-core"
import { buildApp } from "../../devs/api/app.ts"
import { type Serving, serve } from "../../devs/api/server.ts"
import { openWorld, type World } from "../api/support/world.ts"
import { POST_S, type SimulatedRoom, SimulatedSchool } from "./simulated-school.ts"

const CHROMIUM = "/usr/bin/chromium"
/** Monday 2025-01-13, 0:00 UTC */
const MONDAY_S = 1_736_726_400
const at = (hour: number, minute = 0) => MONDAY_S + hour * 3600 + minute * 60
const FAIR_PPM = 800
const POOR_PPM = 1400
/** three posts may be missing */
const SILENT_S = 3 * POST_S
const ROOMS = 40

/** The texts and the class of each tile. */
const TILES = `[...document.querySelectorAll(".tile")].map(tile =>
    [tile.className, ...[".name", ".number", ".word", ".since", ".age"].map(part => tile.querySelector(part).textContent)])`

/** Leaves the first tiles, and returns of each what matters for reading it from afar, px. */
const measure = (count: number) => `(async () => {
    for (const tile of [...document.querySelectorAll(".tile")].slice(${count})) tile.remove()
    dispatchEvent(new Event("resize"))
    await new Promise(requestAnimationFrame)
    return [...document.querySelectorAll(".tile")].map(tile => {
        const [number, word] = [".number", ".word"].map(part => tile.querySelector(part))
        const { width, height, top, left, right, bottom } = tile.getBoundingClientRect()
        const parts = [number, word].map(part => part.getBoundingClientRect())
        return {
            shortSide: Math.min(width, height),
            number: parseFloat(getComputedStyle(number).fontSize),
            word: parseFloat(getComputedStyle(word).fontSize),
            isWhole: number.scrollWidth <= number.clientWidth &&
                parts.every(part => part.top >= top && part.left >= left && part.right <= right && part.bottom <= bottom),
        }
    })
})()`

/** What happens on this day. */
const silentFrom: Record<string, number> = { "103": at(8, 40), "205": at(9, 10), Gym: at(11) }
const BROKEN = "112"
const BROKEN_FROM_S = at(9, 30)
const NOON_S = at(12)

const moments = [
    at(7, 45),
    at(8, 20),
    at(9),
    at(9, 25),
    at(9, 50),
    at(10, 15),
    at(11, 5),
    at(11, 30),
    at(12, 5),
    at(13),
]

interface Expected {
    name: string
    state: "poor" | "fair" | "good" | "failed" | "silent"
    ppm: number | null
    since: string
}

const words = {
    poor: "open a window",
    fair: "air soon",
    good: "good air",
    failed: "sensor does not measure",
    silent: "no news",
}
const timeText = (s: number) => new Date(s * 1000).toISOString().slice(11, 16)
const names = (rooms: Expected[], state: string) => rooms.filter(room => room.state === state).map(({ name }) => name)

/** What the wall has to say of a room, from what was posted. */
function expectedOf({ name, posted, lastPostS }: SimulatedRoom, nowS: number): Expected {
    const times = [...posted.keys()].sort((one, other) => one - other)
    const lastS = times.at(-1) ?? 0
    if (nowS >= lastPostS + SILENT_S) return { name, state: "silent", ppm: null, since: `since ${timeText(lastS)}` }
    const ppm = posted.get(lastS) ?? null
    if (ppm === null) return { name, state: "failed", ppm, since: "" }
    const state = ppm >= POOR_PPM ? "poor" : ppm >= FAIR_PPM ? "fair" : "good"
    if (state === "good") return { name, state, ppm, since: "" }
    const limit = state === "poor" ? POOR_PPM : FAIR_PPM
    const goodS = times.findLast(time => (posted.get(time) ?? 0) < limit) ?? 0
    const sinceS = times.find(time => time > goodS) ?? 0
    return { name, state, ppm, since: `since ${timeText(sinceS)}` }
}

const rank = ["poor", "fair", "good", "failed", "silent"]

function inOrder(rooms: Expected[]): Expected[] {
    return [...rooms].sort((one, other) => {
        const byState = rank.indexOf(one.state) - rank.indexOf(other.state)
        const isBad = one.state === "poor" || one.state === "fair"
        const byPpm = isBad ? (other.ppm ?? 0) - (one.ppm ?? 0) : 0
        return byState || byPpm || one.name.localeCompare(other.name, "en", { numeric: true })
    })
}

function headlineOf(rooms: Expected[]): string {
    const list = (all: string[]) =>
        [...all.slice(0, 6), ...(all.length > 6 ? [`${all.length - 6} more`] : [])].join(", ")
    const [poor, fair, failed, silent] = ["poor", "fair", "failed", "silent"].map(state => names(rooms, state))
    const count = (all: string[], one: string, many: string) =>
        all.length === 0 ? [] : [`${all.length === 1 ? one : many.replace("#", `${all.length}`)}: ${list(all)}.`]
    const fairTexts = count(fair!, "1 room should be aired soon", "# rooms should be aired soon")
    const air = [...count(poor!, "1 room needs fresh air", "# rooms need fresh air"), ...fairTexts, "The air is good."]
    return [
        air[0],
        ...count(failed!, "1 sensor does not measure", "# sensors do not measure"),
        ...count(silent!, "No news from 1 room", "No news from # rooms"),
    ].join(" ")
}

describe("a school day on the wall", function () {
    this.timeout(120_000)
    let browser: Browser
    let page: Page
    let world: World
    let app: FastifyInstance
    let serving: Serving
    let school: SimulatedSchool
    let clockS = at(6)

    async function open(port = 0): Promise<void> {
        const options = { db: world.db, now: () => clockS * 1000, monotonicS: () => clockS }
        app = buildApp({ ...options, public: true, readThreads: false })
        serving = await serve({ app, port })
    }

    before(async function () {
        if (!existsSync(CHROMIUM)) return this.skip()
        browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] })
        world = await openWorld()
        await world.db.transaction(async sql => sql.updateTable("devices").set({ revokedAt: MONDAY_S }).execute())
        school = await SimulatedSchool.open(world.db, { rooms: ROOMS, mondayS: MONDAY_S })
        await open()
        page = await browser.newPage({ locale: "en-GB", viewport: { width: 1920, height: 1080 } })
    })
    after(async () => {
        await browser?.close()
        await serving?.close()
        await world?.end()
    })

    /** Lets the school post until `endS`; at noon the server is closed and opened again. */
    async function runTo(endS: number): Promise<void> {
        for (; clockS < endS; clockS += POST_S) {
            const nextS = clockS + POST_S
            const silent = Object.keys(silentFrom).filter(name => nextS > (silentFrom[name] ?? Infinity))
            await school.post(nextS, { silent, broken: nextS >= BROKEN_FROM_S ? [BROKEN] : [] })
            if (nextS !== NOON_S) continue
            const { port } = serving
            await serving.close()
            await open(port)
        }
    }

    for (const momentS of moments)
        it(`says at ${timeText(momentS)} what a person needs to know: headline, order, words and ages`, async () => {
            await runTo(momentS)
            await page.goto(`${serving.url}/wall`)
            const expected = inOrder(school.rooms.map(room => expectedOf(room, clockS)))
            const tiles = await page.evaluate<string[][]>(TILES)
            assert.deepEqual(
                tiles,
                expected.map(({ name, state, ppm, since }) => [
                    `tile ${state}`,
                    name,
                    ppm === null ? "" : ppm.toLocaleString("en"),
                    words[state],
                    state === "silent" ? "" : since,
                    state === "silent" ? since : "",
                ]),
            )
            assert.equal(await page.locator("#headline").textContent(), headlineOf(expected))
            const poor = names(expected, "poor").length
            assert.equal(await page.title(), poor > 0 ? `(${poor}) Air – Elm School` : "Air – Elm School")
            const [scrollHeight, height] = await page.evaluate<[number, number]>(
                "[document.documentElement.scrollHeight, innerHeight]",
            )
            assert.equal(scrollHeight, height)
        })

    it("is read from 3 m with 40, 20, 6 rooms and one: numbers of 48 px and a fourteenth of the tile's short side", async () => {
        for (const count of [40, 20, 6, 1]) {
            const tiles = await page.evaluate<{ shortSide: number; number: number; word: number; isWhole: boolean }[]>(
                measure(count),
            )
            assert.equal(tiles.length, count)
            for (const { shortSide, number, word, isWhole } of tiles) {
                const text = `${count} rooms: ${number} px of ${shortSide} px`
                assert.ok(number >= Math.max(48, shortSide / 14), text)
                assert.ok(word >= 16 && isWhole, text)
            }
        }
    })

    it("has had bad rooms, silent ones and a broken sensor by its end", () => {
        const last = school.rooms.map(room => expectedOf(room, clockS))
        assert.deepEqual(names(last, "silent").sort(), ["103", "205", "Gym"])
        assert.deepEqual(names(last, "failed"), [BROKEN])
        assert.ok(school.rooms.some(({ posted }) => [...posted.values()].some(ppm => ppm !== null && ppm >= POOR_PPM)))
    })
})
