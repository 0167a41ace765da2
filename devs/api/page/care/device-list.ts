/** The devices: those that need somebody, then those that are fine, and those that are revoked. */
import type { CareApi } from "./care-api.ts"
import type { CareData } from "./care-data.ts"
import { DeviceCard } from "./device-card.ts"
import { element } from "./element.ts"
import type { Words } from "./words.ts"

/** So many are shown at once; more devices that are fine are folded. */
const MAX_UNFOLDED = 8

const groups = ["trouble", "fine", "revoked"] as const
type Group = (typeof groups)[number]

export class DeviceList {
    readonly element = element("div", { class: "device-groups" })
    readonly #words: Words
    readonly #language: string
    readonly #api: CareApi
    readonly #changed: () => void
    readonly #cards = new Map<string, DeviceCard>()
    readonly #groups: Record<Group, HTMLDetailsElement>

    /** @param changed called once something was changed */
    constructor(words: Words, language: string, api: CareApi, changed: () => void) {
        this.#words = words
        this.#language = language
        this.#api = api
        this.#changed = changed
        const group = (open: boolean) =>
            element("details", { class: "group", open, hidden: true }, element("summary"), element("div"))
        this.#groups = { trouble: group(true), fine: group(false), revoked: group(false) }
        this.element.append(...Object.values(this.#groups))
    }

    /** @param urgent ids of the devices that need somebody, the most urgent first */
    update(data: CareData, urgent: string[]): void {
        const isFirst = this.#cards.size === 0
        const sorted = data.devices.toSorted(
            (one, other) =>
                placeIn(urgent, one.id) - placeIn(urgent, other.id) ||
                one.name.localeCompare(other.name, this.#language, { numeric: true }),
        )
        const members: Record<Group, HTMLElement[]> = { trouble: [], fine: [], revoked: [] }
        for (const device of sorted) {
            const known = this.#cards.get(device.id)
            const card = known ?? new DeviceCard(device, data, this.#words, this.#api, this.#changed)
            if (known) known.update(device, data)
            this.#cards.set(device.id, card)
            members[this.#groupOf(card.element, device.revokedAt !== null, urgent.includes(device.id))].push(
                card.element,
            )
        }
        for (const name of groups) this.#show(name, members[name])
        if (isFirst) this.#groups.fine.open = members.fine.length <= MAX_UNFOLDED
    }

    /** A device that somebody has opened stays where it is. */
    #groupOf(card: HTMLDetailsElement, isRevoked: boolean, isUrgent: boolean): Group {
        const now = card.open ? groups.find(name => this.#groups[name].contains(card)) : undefined
        return now ?? (isRevoked ? "revoked" : isUrgent ? "trouble" : "fine")
    }

    #show(name: Group, cards: HTMLElement[]): void {
        const group = this.#groups[name]
        const [summary, list] = group.children
        group.hidden = cards.length === 0
        const text = this.#words.t(`care.group.${name}`, { count: cards.length })
        if (summary && summary.textContent !== text) summary.textContent = text
        if (!list || (cards.length === list.children.length && cards.every((card, at) => list.children[at] === card)))
            return
        // only what has moved, as a form in a card that moves would lose its focus
        for (const old of [...list.children]) if (!cards.some(card => card === old)) old.remove()
        for (const [at, card] of cards.entries())
            if (list.children[at] !== card) list.insertBefore(card, list.children[at] ?? null)
    }
}

const placeIn = (ids: string[], id: string) => (ids.includes(id) ? ids.indexOf(id) : ids.length)
