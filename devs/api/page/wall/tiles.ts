/** The tiles in the document. One that stays keeps its element, so focus and reading position stay too. */
import type { Tile } from "./rooms.ts"

export function showTiles(list: HTMLElement, tiles: Tile[], root: string): void {
    const elements = new Map([...list.children].map(item => [(item as HTMLElement).dataset.id, item as HTMLElement]))
    tiles.forEach((tile, at) => {
        const item = elements.get(tile.id) ?? newTile(tile.id)
        elements.delete(tile.id)
        fill(item, tile, root)
        if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null)
    })
    for (const item of elements.values()) item.remove()
}

function newTile(id: string): HTMLElement {
    const { content } = document.querySelector<HTMLTemplateElement>("#tile") as HTMLTemplateElement
    const item = content.firstElementChild?.cloneNode(true) as HTMLElement
    item.dataset.id = id
    return item
}

function fill(item: HTMLElement, tile: Tile, root: string): void {
    const link = item.querySelector("a") as HTMLAnchorElement
    const href = root + tile.path
    set(item, "class", `tile ${tile.state}`)
    set(link, "href", href)
    set(link, "aria-label", tile.sentence)
    for (const name of ["name", "number", "unit", "word", "trend", "since", "age"] as const) {
        const part = item.querySelector(`.${name}`)
        if (part && part.textContent !== tile[name]) part.textContent = tile[name]
    }
}

function set(element: Element, name: string, value: string): void {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}
