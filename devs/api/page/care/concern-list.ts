/** What needs somebody, as elements. */
import type { Concern, Part } from "./attention.ts"
import { element, folded, replaceIfNew } from "./element.ts"
import type { Words } from "./words.ts"

/** Keeps each sentence in its place: what somebody has unfolded stays so, and what has the focus is left alone. */
export class ConcernList {
    readonly element = element("div", { class: "attention" })
    readonly #t: Words["t"]
    readonly #items = new Map<string, HTMLElement>()
    readonly #urgent = element("ul", { class: "concerns" })
    readonly #known = element("ul", { class: "concerns" })
    readonly #nothing: HTMLElement

    constructor({ t }: Words) {
        this.#t = t
        this.#nothing = element("p", { class: "nothing" }, t("care.nothing"))
        this.element.append(this.#nothing, this.#urgent, this.#known)
    }

    /** @param concerns the worst first */
    update(concerns: Concern[]): void {
        const keyed = concerns.map(concern => ({ concern, item: this.#itemOf(concern) }))
        const itemsOf = (isKnown: boolean) =>
            keyed.filter(({ concern: { level } }) => (level === "good") === isKnown).map(({ item }) => item)
        this.#show(this.#urgent, itemsOf(false))
        this.#show(this.#known, itemsOf(true))
        this.#nothing.hidden = itemsOf(false).length > 0
        const keys = concerns.map(({ key }) => key)
        for (const key of this.#items.keys()) if (!keys.includes(key)) this.#items.delete(key)
    }

    #show(list: HTMLElement, items: HTMLElement[]): void {
        list.hidden = items.length === 0
        if (items.length !== list.children.length || items.some((item, at) => list.children[at] !== item))
            list.replaceChildren(...items)
    }

    #itemOf(concern: Concern): HTMLElement {
        const item = this.#items.get(concern.key) ?? element("li")
        this.#items.set(concern.key, item)
        if (item.contains(document.activeElement)) return item
        const isOpen = [...item.querySelectorAll("details")].map(({ open }) => open)
        const children = itemChildren(concern, this.#t)
        for (const [at, each] of children.filter(child => child instanceof HTMLDetailsElement).entries())
            each.open = isOpen[at] ?? false
        replaceIfNew(item, ...children)
        return item
    }
}

function itemChildren({ level, parts, next, each, original }: Concern, t: Words["t"]): HTMLElement[] {
    const word = element(
        "span",
        { class: `chip level-${level === "good" ? "silent" : level}` },
        t(`care.level.${level}`),
    )
    const sentences = each.map(sentence => element("li", {}, ...nodesOf(sentence)))
    return [
        ...[word, element("b", {}, ...nodesOf(parts)), element("span", {}, next)],
        ...(sentences.length > 0 ? [folded(t("care.each"), element("ul", { class: "each" }, ...sentences))] : []),
        ...(original ? [folded(t("care.details"), element("p", {}, original))] : []),
    ]
}

const nodesOf = (parts: Part[]): (Node | string)[] =>
    parts.map(part => (typeof part === "string" ? part : element("a", { href: `#${part.target}` }, part.text)))
