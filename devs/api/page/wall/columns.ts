/** How many tiles fit on the screen, and in how many columns. Does not touch the DOM. */

/** A tile is best a little wider than high. */
const ASPECT = 1.25
/** Narrower tiles cut their words, px. */
const MIN_WIDTH = 170
/** Lower tiles have no room for number, word and trend, px. */
export const MIN_HEIGHT = 148
const GAP = 8

/** @returns how many tiles fit, at least 1 */
export function mostTiles(width: number, height: number): number {
    return columnsIn(width) * Math.max(1, Math.floor((height + GAP) / (MIN_HEIGHT + GAP)))
}

/**
 * Columns whose rows fill the area with tiles closest to `ASPECT`.
 *
 * @param height undefined: the page may scroll
 */
export function columnsFor(
    count: number,
    width: number,
    height: number | undefined,
): { columns: number; fits: boolean } {
    const most = columnsIn(width)
    let best = { columns: most, fits: false, distance: Infinity }
    for (let columns = 1; height !== undefined && columns <= Math.min(most, Math.max(1, count)); columns++) {
        const rows = Math.ceil(count / columns)
        const tile = { width: (width + GAP) / columns - GAP, height: (height + GAP) / rows - GAP }
        const distance = Math.abs(Math.log(tile.width / tile.height / ASPECT))
        if (tile.height >= MIN_HEIGHT && distance < best.distance) best = { columns, fits: true, distance }
    }
    return best
}

function columnsIn(width: number): number {
    return Math.max(1, Math.floor((width + GAP) / (MIN_WIDTH + GAP)))
}
