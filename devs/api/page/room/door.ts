/** A QR code that leads to this room alone, to be printed for its door. */
import qrcode from "qrcode-generator"
import type { Translate } from "../shared/text.ts"

/** Quiet zone around a QR code, modules (ISO/IEC 18004). */
const MARGIN = 4

export interface Door {
    id: string
    name: string
    root: string
    t: Translate
    /** everyone may read: the address of this page is enough */
    isPublic: boolean
}

export function startDoor(door: Door): void {
    const make = document.querySelector<HTMLButtonElement>("#make")
    if (door.isPublic) showCode(location.href)
    make?.addEventListener("click", () => void showNewLink(door, make))
    document.querySelector("#print")?.addEventListener("click", () => {
        document.body.classList.add("printing-door")
        print()
        document.body.classList.remove("printing-door")
    })
}

/** Makes a link that shows this room only. Its address is shown this once. */
async function showNewLink({ id, name, root, t }: Door, button: HTMLButtonElement): Promise<void> {
    // "disabled" would take the focus from it
    if (button.ariaDisabled === "true") return
    button.ariaDisabled = "true"
    const made = new Date().toISOString().slice(0, 16).replace("T", " ")
    const response = await fetch(`${root}api/v1/links`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: t("room.doorLink", { name, made }).slice(0, 60), device: id }),
    }).catch(() => undefined)
    button.ariaDisabled = null
    const failure = document.querySelector<HTMLElement>("#failure")
    const body = await response?.json().catch(() => undefined)
    if (failure) {
        failure.hidden = response?.ok ?? false
        failure.textContent = response?.ok ? "" : (body?.message ?? t("room.away"))
    }
    if (!response?.ok) return
    showCode(new URL(`${root}${body.path}`, document.baseURI).href)
    document.querySelector("#print")?.removeAttribute("hidden")
}

function showCode(address: string): void {
    const code = qrcode(0, "M")
    code.addData(address)
    code.make()
    const svg = new DOMParser().parseFromString(code.createSvgTag({ scalable: true, margin: MARGIN }), "image/svg+xml")
    svg.documentElement.setAttribute("role", "img")
    svg.documentElement.setAttribute("aria-label", address)
    document.querySelector("#code")?.replaceChildren(svg.documentElement)
    const text = document.querySelector("#address")
    if (text) text.textContent = address
    document.querySelector("#sheet")?.removeAttribute("hidden")
}
