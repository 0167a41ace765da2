/** The wall in the browser: the tiles that the server made, kept up to date. */
import type { Wall, WallRoom } from "../../wall/wall-room.ts"
import { timeText, type Words } from "../shared/format.ts"
import { startHeader } from "../shared/header.ts"
import { readPageData } from "../shared/read-page-data.ts"
import { fitColumns, tilesThatFit } from "./fit.ts"
import { followWall } from "./follow.ts"
import { groupsOf, inGroup } from "./groups.ts"
import { headlineOf, tileOf, titleOf, worstFirst, worstState } from "./rooms.ts"
import { spokenHeadlines } from "./spoken-headline.ts"
import { showTiles } from "./tiles.ts"

/** How often ages and silences are looked at again. */
const REFRESH_MS = 10_000
/** How long each page of a wall with many rooms is shown. */
const TURN_MS = 15_000
/** A screen shows at most this many rooms at once. */
const MAX_TILES = 40

const { language, root, now: madeAt, state, t } = readPageData<Wall & { isWall: boolean }>()
const words: Words = { t, language, timeZone: state.site.timeZone }
const element = (id: string) => document.querySelector<HTMLElement>(`#${id}`) as HTMLElement
const choice = element("group") as HTMLSelectElement

/** The server is away: this is the state that service-worker.js has kept. */
const isKept = document.documentElement.dataset.kept !== undefined
const rooms = new Map(state.rooms.map(room => [room.id, room]))
const spokenHeadline = spokenHeadlines()
let turn = 0
/** the server's clock, Unix s, at `clockAtMs` of this page's */
let clock = isKept ? Date.now() / 1000 : madeAt
let clockAtMs = performance.now()
let heardAt = madeAt

startHeader(root)
choice.addEventListener("change", show)
new ResizeObserver(layOut).observe(element("rooms"))
addEventListener("resize", layOut)
setInterval(show, REFRESH_MS)
setInterval(() => {
    turn++
    show()
}, TURN_MS)
followWall(root, {
    onWall: ({ now, rooms: all }) => {
        rooms.clear()
        for (const room of all) rooms.set(room.id, room)
        heard(now)
    },
    onIds: (now, ids) => {
        for (const id of rooms.keys()) if (!ids.includes(id)) rooms.delete(id)
        heard(now)
    },
    onRoom: (now, room) => {
        const known = rooms.get(room.id)
        rooms.set(room.id, { ...known, ...room } as WallRoom)
        heard(now)
    },
    onTime: heard,
    onAway: () => {
        if (element("away").hidden)
            element("away").textContent = t("wall.away", { time: timeText(heardAt, serverNow(), words) })
        element("away").hidden = false
    },
    onReady: problem => {
        setText("unready", problem)
        element("unready").hidden = problem === ""
    },
})
if (isKept) element("updated").textContent = t("wall.cached", { time: timeText(madeAt, clock, words) })
show()
void navigator.serviceWorker?.register(`${root}service-worker.js`).catch(console.warn)

function heard(now: number): void {
    clock = now
    clockAtMs = performance.now()
    heardAt = now
    element("away").hidden = true
    element("updated").textContent = t("wall.updated", { time: timeText(now, now, words) })
    show()
}

function serverNow(): number {
    return clock + (performance.now() - clockAtMs) / 1000
}

function show(): void {
    const now = serverNow()
    showGroups()
    const shown = [...rooms.values()].filter(room => inGroup(room, choice.value))
    const sorted = worstFirst(shown, now, language)
    setText("headline", headlineOf(shown, now, words))
    const spoken = spokenHeadline(shown, now, words)
    if (spoken !== undefined) setText("spoken", spoken)
    const most = state.isWall ? Math.min(MAX_TILES, tilesThatFit(element("rooms"))) : sorted.length
    const pages = Math.max(1, Math.ceil(sorted.length / most))
    const page = turn % pages
    const each = Math.ceil(sorted.length / pages)
    const part = sorted.slice(page * each, (page + 1) * each)
    showTiles(
        element("rooms"),
        part.map(room => tileOf(room, now, words)),
        root,
    )
    element("headline").className = worstState(shown, now)
    setText("page", pages > 1 ? t("wall.page", { page: page + 1, pages }) : "")
    document.title = titleOf(shown, now, state.site.name, words)
    const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]")
    const file = `${root}${worstState(shown, now) === "poor" ? "icon-poor.svg" : "icon.svg"}`
    if (icon && icon.getAttribute("href") !== file) icon.href = file
    layOut()
}

function setText(id: string, text: string): void {
    if (element(id).textContent !== text) element(id).textContent = text
}

function showGroups(): void {
    const groups = groupsOf([...rooms.values()])
    const options = [...choice.options].slice(1).map(({ value }) => value)
    if (options.join("\n") === groups.join("\n")) return
    const { value } = choice
    choice.replaceChildren(choice.options[0] as Node, ...groups.map(group => new Option(group, group)))
    choice.value = groups.includes(value) ? value : ""
    element("choice").hidden = state.isWall || groups.length === 0
}

function layOut(): void {
    fitColumns(element("rooms"), state.isWall)
}
