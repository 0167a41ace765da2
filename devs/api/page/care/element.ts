/** Makes an element with attributes and children; text stays text. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    attributes: Record<string, string | number | boolean | undefined> = {},
    ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
    const made = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes))
        if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : `${value}`)
    made.append(...children)
    return made
}

/** A list of terms with what they are. */
export function factList(facts: [label: string, text: string][]): HTMLDListElement {
    return element(
        "dl",
        {},
        ...facts.map(([label, text]) => element("div", {}, element("dt", {}, label), element("dd", {}, text))),
    )
}

/** What is shown once it is unfolded. */
export function folded(summary: string, content: Node): HTMLDetailsElement {
    return element("details", {}, element("summary", {}, summary), content)
}

const FOCUSABLE = "a, button, input, select, summary, [tabindex]"

/** Shows new content only if it differs, so that a screen reader and a selection are left in peace; the focus stays. */
export function replaceIfNew(parent: Element, ...children: (Node | string)[]): void {
    const next = element("div", {}, ...children)
    if (next.innerHTML === parent.innerHTML) return
    const focusable = () => [...parent.querySelectorAll<HTMLElement>(FOCUSABLE)]
    const { activeElement } = document
    const focused = activeElement instanceof HTMLElement ? focusable().indexOf(activeElement) : -1
    parent.replaceChildren(...next.childNodes)
    focusable()[focused]?.focus({ preventScroll: true })
}
