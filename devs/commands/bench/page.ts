import path from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import type { Browser } from "playwright-core"
import { makeCredentials, startOnSqlite } from "../../bench/api/contenders.ts"
import { measureStream, measureWall, type StreamBytes, setLimits, type WallTimes } from "../../bench/api/wall.ts"
import { CHROMIUM_FILE, openCounted, scriptMs, startChromium } from "../../bench/page/browser.ts"
import { type FirstView, measureFirstView } from "../../bench/page/first-view.ts"
import { fillRooms, roomNames } from "../../bench/page/rooms.ts"
import { measureWeek } from "../../bench/page/week.ts"
import { bytesText, type Terminal, tableText } from "../../display/terminal.ts"
import { type Resources, withResources } from "../../resources.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { wholeNumber, wholeNumbers } from "../option-values.ts"

const declared = command()
    .name("page")
    .description("the wall: its first view in Chromium, GET /api/v1/wall, its stream, and what a week leaves")
    .option("--rooms <n,…>", "rooms, separated by commas", wholeNumbers(1, 1000), [1, 40, 120])
    .option("--days <n>", "days in the database", wholeNumber(1, 3650), 3)
    .option("--loads <n>", "cold loads, of which the median counts", wholeNumber(1, 100), 5)
    .option("--minutes <n>", "how long the rooms post and the page follows; 0: not at all", wholeNumber(0, 600), 1)
    .option("--week", "what a wall of 6 rooms keeps after each day of a simulated week")
    .option("--chromium <file>", "the browser", CHROMIUM_FILE)

/** After the first view nothing of it runs any more. */
const SETTLE_MS = 2000
const WEEK_DAYS = 7
/** All events of a week of more rooms take minutes. */
const WEEK_ROOMS = 6

type BenchPageOptions = OptionsOf<typeof declared>

export const benchPage = declared.action(run((terminal, options) => measure(options, terminal)))

const urlOf = (port: number) => `http://127.0.0.1:${port}/`

/** What the wall costs with so many rooms. */
interface Row {
    rooms: number
    first: FirstView
    api: { good: WallTimes; bad: WallTimes }
    live?: { scriptMsPerMinute: number; stream: StreamBytes }
}

/** `airpin bench page`. */
const measure: Command<BenchPageOptions> = (options, terminal) =>
    withResources(async resources => {
        const browser = await startChromium(resources, options.chromium)
        const rows: Row[] = []
        for (const rooms of options.rooms) rows.push(await rowOf(rooms, options, { resources, browser, terminal }))
        showRows(rows, terminal)
        const week = options.week ? await weekOf(WEEK_ROOMS, { resources, browser, terminal }) : undefined
        terminal.result({ rows, week })
        return exitCodes.fine
    })

interface Context {
    resources: Resources
    browser: Browser
    terminal: Terminal
}

async function rowOf(
    rooms: number,
    { days, loads, minutes }: BenchPageOptions,
    { resources, browser, terminal }: Context,
): Promise<Row> {
    const folder = resources.temporaryFolder("bench")
    const file = path.join(folder, "rooms.db")
    await fillRooms(file, rooms, days, done =>
        terminal.progress(`${rooms} rooms: ${days} days, ${Math.round(done * 100)} %`),
    )
    terminal.progress(`${rooms} rooms: the worst air …`)
    const bad = await withServer(resources, folder, file, true, ({ port }) => measureWall(port))
    const measured = await withServer(resources, folder, file, false, async ({ port }) => {
        terminal.progress(`${rooms} rooms: good air …`)
        const good = await measureWall(port)
        terminal.progress(`${rooms} rooms: ${loads} first views …`)
        return { good, first: await measureFirstView(browser, urlOf(port), rooms, loads) }
    })
    const row = { rooms, first: measured.first, api: { good: measured.good, bad } }
    if (minutes === 0) return row
    terminal.progress(`${rooms} rooms: ${minutes} min of live events …`)
    return { ...row, live: await followed(rooms, minutes, { resources, browser, terminal }) }
}

/** A page follows the rooms while the bytes of the stream are counted beside it. */
async function followed(
    rooms: number,
    minutes: number,
    { resources, browser }: Context,
): Promise<Row["live"] & object> {
    const folder = resources.temporaryFolder("bench")
    const file = path.join(folder, "stream.db")
    await setLimits(file, true)
    const { server, tokens } = await startPlain(resources, folder, file)
    const roomTokens = await tokens(rooms)
    const counted = await openCounted(browser)
    await counted.page.goto(urlOf(server.port))
    await wait(SETTLE_MS)
    const beforeMs = await scriptMs(counted)
    const stream = await measureStream(server.port, roomTokens, minutes)
    const scriptMsPerMinute = ((await scriptMs(counted)) - beforeMs) / minutes
    await counted.close()
    await server.stop()
    return { scriptMsPerMinute, stream }
}

async function weekOf(rooms: number, { resources, browser, terminal }: Context) {
    const folder = resources.temporaryFolder("bench")
    const file = path.join(folder, "week.db")
    await fillRooms(file, rooms, 1, () => undefined)
    const names = roomNames(rooms)
    const days = await withServer(resources, folder, file, false, ({ port }) =>
        measureWeek(browser, urlOf(port), {
            rooms: names,
            days: WEEK_DAYS,
            onDay: day => terminal.progress(`a week of ${rooms} rooms: day ${day + 1} of ${WEEK_DAYS}`),
        }),
    )
    const head = ["DAY", "HEAP", "NODES", "LISTENERS"]
    const lines = days.map(({ heapBytes, nodes, listeners }, at) => [
        `${at + 1}`,
        bytesText(heapBytes),
        `${nodes}`,
        `${listeners}`,
    ])
    for (const line of tableText([head, ...lines])) terminal.line("", line)
    return { rooms, days }
}

async function withServer<Result>(
    resources: Resources,
    folder: string,
    file: string,
    isBad: boolean,
    work: (server: { port: number }) => Promise<Result>,
): Promise<Result> {
    await setLimits(file, isBad)
    const { server } = await startPlain(resources, folder, file)
    try {
        return await work(server)
    } finally {
        await server.stop()
    }
}

async function startPlain(resources: Resources, folder: string, file: string) {
    return startOnSqlite(resources, file, await makeCredentials(folder), ["--http", "--public"])
}

function showRows(rows: Row[], terminal: Terminal): void {
    const ms = (value: number) => `${value.toFixed(1)} ms`
    const first = rows.map(({ rooms, first }) => [
        ...[`${rooms}`, `${first.requests}`, bytesText(first.bytes), bytesText(first.streamBytes), ms(first.tilesMs)],
        ...[ms(first.scriptMs), bytesText(first.kept.heapBytes)],
    ])
    const head = ["ROOMS", "REQUESTS", "BYTES", "STREAM", "ALL TILES", "SCRIPT", "HEAP"]
    for (const line of tableText([head, ...first])) terminal.line("", line)
    terminal.blank()
    const api = rows.map(({ rooms, api: { good, bad }, live }) => [
        ...[`${rooms}`, ms(good.p50Ms), ms(good.p99Ms), ms(bad.p50Ms), ms(bad.p99Ms)],
        live === undefined ? "" : ms(live.scriptMsPerMinute),
        live === undefined ? "" : live.stream.bytesPerRoomMinute.toFixed(0),
    ])
    const apiHead = ["ROOMS", "API P50", "P99", "WORST P50", "P99", "SCRIPT A MINUTE", "BYTES A ROOM AND MINUTE"]
    for (const line of tableText([apiHead, ...api])) terminal.line("", line)
}
