/** The links with which people read: an admin makes and revokes them. */
import type { paths } from "../../client/api-types.ts"
import { askServer } from "../shared/api.ts"
import type { Translate } from "../shared/text.ts"
import type { LinksState } from "./links-state.ts"

type Links = paths["/api/v1/links"]["get"]["responses"][200]["content"]["application/json"]["links"]

interface LinksPage extends LinksState {
    root: string
    language: string
    t: Translate
}

export async function startLinks({ root, language, t, timeZone, rooms }: LinksPage): Promise<void> {
    const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone })
    const dayText = (unixS: number) => day.format(unixS * 1000)
    const form = place("add", HTMLFormElement)
    const [failure, made] = [place("failure", HTMLElement), place("made", HTMLElement)]
    const table = place("links", HTMLTableElement)

    /** What went wrong is shown, and undefined returned. */
    async function ask<Json>(path: string, options: RequestInit = {}): Promise<Json | undefined> {
        failure.hidden = true
        try {
            return await askServer<Json>(root, path, options)
        } catch (error) {
            failure.textContent = t("access.failed", { message: error instanceof Error ? error.message : `${error}` })
            failure.hidden = false
            return undefined
        }
    }

    async function showLinks(): Promise<void> {
        const found = await ask<{ links: Links }>("api/v1/links")
        if (found === undefined) return
        const inForce = found.links.filter(
            ({ revokedAt, once, openedAt }) => revokedAt === null && !(once && openedAt !== null),
        )
        table.hidden = inForce.length === 0
        place("none", HTMLElement).hidden = inForce.length > 0
        table.tBodies[0]?.replaceChildren(...inForce.map(rowOf))
    }

    function rowOf({ name, role, device, createdAt, expiresAt }: Links[number]): Node {
        const row = place("row", HTMLTemplateElement).content.cloneNode(true)
        if (!(row instanceof DocumentFragment)) throw new Error("a template has a fragment")
        const room = rooms.find(({ id }) => id === device)?.name ?? device
        const shows = role === "admin" ? t("access.logsIn") : (room ?? t("access.every"))
        const until = expiresAt === null ? t("access.revoked") : dayText(expiresAt)
        const cells = row.querySelectorAll("th, td")
        for (const [at, text] of [name, shows, dayText(createdAt), until].entries()) cells[at]?.append(text)
        row.querySelector("button")?.addEventListener("click", async () => {
            if (!confirm(t("access.revokeQuestion", { name }))) return
            const done = await ask(`api/v1/links/${encodeURIComponent(name)}`, { method: "DELETE" })
            if (done === undefined) return
            await showLinks()
            // to the next one that could be revoked, or to where one is made
            const next = table.querySelector<HTMLElement>("button") ?? form.querySelector("input")
            next?.focus()
        })
        return row
    }

    form.addEventListener("submit", async event => {
        event.preventDefault()
        const { name, device, days } = Object.fromEntries(new FormData(form))
        const link = await ask<{ path: string }>("api/v1/links", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ name, ...(device && { device }), ...(days && { days: Number(days) }) }),
        })
        made.hidden = link === undefined
        if (link === undefined) return
        const code = made.querySelector("code")
        if (code) code.textContent = new URL(root + link.path, document.baseURI).href
        form.reset()
        await showLinks()
    })

    await showLinks()
}

function place<Kind extends HTMLElement>(id: string, kind: { new (): Kind }): Kind {
    const found = document.getElementById(id)
    if (!(found instanceof kind)) throw new Error(`the page has no ${id}`)
    return found
}
