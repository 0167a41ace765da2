/** What the map of a week does with mouse, touch and keys: it says what a cell is, and leads to its room. */
import type { Translate } from "../shared/text.ts"
import { placeAfter } from "./heat-map-keys.ts"

const TIP_DISTANCE_PX = 14

export function startHeatMap(map: HTMLTableElement, t: Translate): void {
    const tip = document.querySelector<HTMLElement>("#tip")
    if (!tip) return
    const hide = () => {
        tip.hidden = true
    }
    const tell = (cell: HTMLTableCellElement, x: number, y: number) => {
        tip.hidden = false
        tip.textContent = tipOf(cell, map, t)
        const { offsetWidth, offsetHeight } = tip
        // beside the point, and within the window
        const left = Math.max(0, Math.min(x + TIP_DISTANCE_PX, innerWidth - offsetWidth))
        const below = y + TIP_DISTANCE_PX
        tip.style.left = `${left}px`
        tip.style.top = `${below + offsetHeight > innerHeight ? y - TIP_DISTANCE_PX - offsetHeight : below}px`
    }
    const tellOf = (cell: HTMLTableCellElement) => {
        const { right, bottom } = cell.getBoundingClientRect()
        tell(cell, right - TIP_DISTANCE_PX, bottom - TIP_DISTANCE_PX + 2)
    }
    map.addEventListener("pointermove", ({ target, clientX, clientY, pointerType }) => {
        if (pointerType === "touch") return
        const cell = cellAt(target)
        if (cell) tell(cell, clientX, clientY)
        else hide()
    })
    map.addEventListener("pointerleave", ({ pointerType }) => {
        if (pointerType !== "touch") hide()
    })
    map.addEventListener("focusout", hide)
    document.addEventListener("scroll", hide, { capture: true, passive: true })
    openByClick(map, tellOf)
    moveByKeys(map, t, tellOf, hide)
    showToday(map)
}

/** A click opens the room; a touch says the value first, and opens the room when the cell is touched again. */
function openByClick(map: HTMLTableElement, tellOf: (cell: HTMLTableCellElement) => void): void {
    let isTouch = false
    let told: HTMLTableCellElement | null = null
    map.addEventListener("pointerdown", ({ pointerType }) => {
        isTouch = pointerType === "touch"
    })
    map.addEventListener("click", ({ target }) => {
        const cell = cellAt(target)
        if (cell && isTouch && cell !== told) tellOf(cell)
        else if (cell) openRoom(cell)
        told = cell
    })
}

function openRoom(cell: HTMLTableCellElement): void {
    const link = cell.parentElement?.querySelector<HTMLAnchorElement>("th a")
    if (link) location.assign(link.href)
}

/** One cell is in the order of Tab; from there the arrow keys, Home and End move, and Enter opens the room. */
function moveByKeys(
    map: HTMLTableElement,
    t: Translate,
    tellOf: (cell: HTMLTableCellElement) => void,
    hide: () => void,
): void {
    const rows = [...map.querySelectorAll<HTMLTableRowElement>("tr[data-room]")]
    const cellsOf = (row: HTMLTableRowElement | undefined) => [...(row?.cells ?? [])].slice(1)
    let current = cellsOf(rows[0])[0]
    if (current === undefined) return
    map.setAttribute("role", "grid")
    current.tabIndex = 0
    map.addEventListener("focusin", ({ target }) => {
        const cell = cellAt(target)
        if (!cell) return
        const said = cell.querySelector(".visually-hidden")
        if (said) said.textContent = tipOf(cell, map, t)
        tellOf(cell)
    })
    map.addEventListener("keydown", event => {
        const cell = cellAt(event.target)
        if (!cell) return
        if (event.key === "Enter") return openRoom(cell)
        if (event.key === "Escape") return hide()
        const row = rows.findIndex(each => each.contains(cell))
        const cells = cellsOf(rows[row])
        const place = { row, column: cells.indexOf(cell) }
        const next = placeAfter(event, place, { rows: rows.length, columns: cells.length })
        const wanted = next && cellsOf(rows[next.row])[next.column]
        if (!wanted) return
        event.preventDefault()
        current?.removeAttribute("tabindex")
        wanted.tabIndex = 0
        wanted.focus()
        current = wanted
    })
}

/** A phone shows two days at once: the map begins with today. */
function showToday(map: HTMLTableElement): void {
    const [today, rooms] = [map.querySelector<HTMLElement>("thead .today"), map.querySelector<HTMLElement>("thead th")]
    if (today && rooms) map.parentElement?.scrollTo({ left: today.offsetLeft - rooms.offsetWidth, behavior: "instant" })
}

function cellAt(target: EventTarget | null): HTMLTableCellElement | null {
    return target instanceof Element ? target.closest("td") : null
}

/** "Room 103, Mon 23 Nov, 10:00–11:00: mean 1,240 ppm, highest 1,510 ppm, fair" */
function tipOf(cell: HTMLTableCellElement, map: HTMLTableElement, t: Translate): string {
    const row = cell.parentElement?.querySelector("a")?.textContent ?? ""
    const hour = Number(map.tHead?.rows[1]?.cells[cell.cellIndex - 1]?.textContent)
    const place = t("school.tip", { room: row, day: dayOf(cell, map), from: `${hour}:00`, to: `${hour + 1}:00` })
    const { mean, max, level } = cell.dataset
    if (mean === undefined || max === undefined) return `${place}: ${t("school.noReadings")}`
    return `${place}: ${t("school.tipValues", { mean: Number(mean), max: Number(max) })}, ${t(`school.level.${level}`)}`
}

function dayOf(cell: HTMLTableCellElement, map: HTMLTableElement): string {
    let columns = cell.cellIndex
    for (const day of [...(map.tHead?.rows[0]?.cells ?? [])].slice(1)) {
        columns -= day.colSpan
        if (columns <= 0) return day.textContent ?? ""
    }
    return ""
}
