/** A reader who has a keyboard and nothing else. */
import assert from "node:assert/strict"
import type { Page } from "playwright-core"

/** More than any page here has. */
const MAX_STOPS = 150

/** The element that has the focus, and whether that is to be seen: an outline or a shadow. */
const FOCUSED = `(() => {
    const element = document.activeElement
    const isSeen = [null, "::after"].some(part => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element, part)
        return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none"
    })
    const { tagName, id, className, textContent } = element
    const box = element.getBoundingClientRect()
    const isThere = box.width > 1 && box.height > 1
    return { isSeen: isSeen && isThere, is: [tagName, id, className, element.name, element.type, textContent.trim().slice(0, 30)].join(" ") }
})()`

/** Whatever can have the focus by Tab, and is not folded away. */
const LEFT_OUT = `[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter(element => !element.disabled && element.checkVisibility() && !window.reached.has(element))
    .map(({ outerHTML }) => outerHTML.slice(0, 100))`

interface Focus {
    isSeen: boolean
    is: string
}

async function focusOf(page: Page): Promise<Focus> {
    return await page.evaluate<Focus>(FOCUSED)
}

const matches = (page: Page, selector: string) =>
    page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)

/** Presses Tab, or Shift+Tab, until an element that the selector names has the focus. */
export async function tabTo(page: Page, selector: string, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
    for (let stops = 0; stops < MAX_STOPS; stops++) {
        await page.keyboard.press(key)
        if (!(await matches(page, selector))) continue
        const { isSeen, is } = await focusOf(page)
        assert.ok(isSeen, `the focus is not seen on ${is}`)
        return
    }
    assert.fail(`${key} does not come to ${selector}`)
}

/** Waits until the page has done what it was told, and the focus is where it belongs. */
export async function assertFocus(page: Page, selector: string): Promise<void> {
    assert.ok(await matches(page, selector), `the focus is on ${(await focusOf(page)).is}, not on ${selector}`)
}

/** Notes each stop: whether the focus is seen there. */
const WATCH = `document.activeElement.blur()
window.reached = new Set()
window.stops = []
document.addEventListener("focusin", () => {
    window.reached.add(document.activeElement)
    window.stops.push(${FOCUSED})
})`
const STOPS_AT_ONCE = 20

/** Tab goes through everything there is, seen at each stop, and comes round. */
export async function assertRound(page: Page): Promise<void> {
    await page.evaluate(WATCH)
    let stops: Focus[] = []
    while (stops.filter(({ is }) => is === stops[0]?.is).length < 2) {
        assert.ok(stops.length < MAX_STOPS, "Tab does not come round")
        await Promise.all(Array.from({ length: STOPS_AT_ONCE }, () => page.keyboard.press("Tab")))
        stops = await page.evaluate("window.stops")
    }
    assert.deepEqual(
        stops.filter(({ isSeen }) => !isSeen).map(({ is }) => is),
        [],
        "the focus is not seen",
    )
    assert.deepEqual(await page.evaluate(LEFT_OUT), [])
}
