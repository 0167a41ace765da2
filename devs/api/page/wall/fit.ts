import { columnsFor, MIN_HEIGHT, mostTiles } from "./columns.ts"

/** Lays the tiles out; those of a page that may scroll fill the screen if they fit. */
export function fitColumns(list: HTMLElement, isWall: boolean): void {
    const { width, height } = areaOf(list)
    const { columns, fits } = columnsFor(list.childElementCount, width, Math.max(height, MIN_HEIGHT))
    list.style.setProperty("--columns", `${columns}`)
    const rows = Math.ceil(list.childElementCount / columns)
    list.style.setProperty("--height", fits || isWall ? `${height}px` : "auto")
    list.style.setProperty("--row", fits || isWall ? "minmax(0, 1fr)" : `${MIN_HEIGHT + 24}px`)
    list.style.setProperty("--rows", `${Math.max(1, rows)}`)
}

/** How many tiles fit on the screen at once. */
export function tilesThatFit(list: HTMLElement): number {
    const { width, height } = areaOf(list)
    return mostTiles(width, height)
}

/** From the list's corner to the screen's, px. */
function areaOf(list: HTMLElement): { width: number; height: number } {
    const { left, top } = list.getBoundingClientRect()
    return { width: document.documentElement.clientWidth - 2 * left, height: innerHeight - (top + scrollY) - left }
}
