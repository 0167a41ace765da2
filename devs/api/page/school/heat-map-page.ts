/** What the map of a week does with a mouse: it says what a cell is, and leads to its room. */
import type { Translate } from "../shared/text.ts"

const TIP_DISTANCE_PX = 14

export function startHeatMap(map: HTMLTableElement, t: Translate): void {
    const tip = document.querySelector<HTMLElement>("#tip")
    map.addEventListener("click", ({ target }) => {
        const link = cellAt(target)?.parentElement?.querySelector<HTMLAnchorElement>("th a")
        if (link) location.assign(link.href)
    })
    if (!tip) return
    map.addEventListener("pointermove", ({ target, clientX, clientY }) => {
        const cell = cellAt(target)
        tip.hidden = !cell
        if (!cell) return
        tip.textContent = tipOf(cell, map, t)
        const { offsetWidth, offsetHeight } = tip
        // beside the pointer, and within the window
        const left = Math.max(0, Math.min(clientX + TIP_DISTANCE_PX, innerWidth - offsetWidth))
        const below = clientY + TIP_DISTANCE_PX
        tip.style.left = `${left}px`
        tip.style.top = `${below + offsetHeight > innerHeight ? clientY - TIP_DISTANCE_PX - offsetHeight : below}px`
    })
    map.addEventListener("pointerleave", () => {
        tip.hidden = true
    })
}

function cellAt(target: EventTarget | null): HTMLTableCellElement | null {
    return target instanceof Element ? target.closest("td") : null
}

/** "Room 103, Mon 23 Nov, 10:00–11:00: mean 1,240 ppm, highest 1,510 ppm" */
function tipOf(cell: HTMLTableCellElement, map: HTMLTableElement, t: Translate): string {
    const row = cell.parentElement?.querySelector("a")?.textContent ?? ""
    const hour = Number(map.tHead?.rows[1]?.cells[cell.cellIndex - 1]?.textContent)
    const place = t("school.tip", { room: row, day: dayOf(cell, map), from: `${hour}:00`, to: `${hour + 1}:00` })
    const { mean, max } = cell.dataset
    if (mean === undefined || max === undefined) return `${place}: ${t("school.noReadings")}`
    return `${place}: ${t("school.tipValues", { mean: Number(mean), max: Number(max) })}`
}

function dayOf(cell: HTMLTableCellElement, map: HTMLTableElement): string {
    let columns = cell.cellIndex
    for (const day of [...(map.tHead?.rows[0]?.cells ?? [])].slice(1)) {
        columns -= day.colSpan
        if (columns <= 0) return day.textContent ?? ""
    }
    return ""
}
