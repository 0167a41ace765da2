/** What devices trust as flashed, for the terminal. */
import { formatNames, formatOf } from "../../certs/bundle/bundle.ts"
import type { KnownPins, PinnedAnchor, StoredPins } from "../api/pins/device-pins.ts"
import { timeText } from "./device.ts"
import { bytesText, type Terminal, tableText } from "./terminal.ts"
import { anchorCountText } from "./trust.ts"

/** The pins of one device. */
export function showPins(terminal: Terminal, id: string, pins: StoredPins): void {
    const { imageFile, board, storedAt, hosts, bundle, anchors } = pins
    terminal.line("device", id)
    terminal.line("image", `${imageFile}, ${board}, stored ${timeText(storedAt)}`)
    terminal.line("", terminal.paint("dim", `SHA-256 ${pins.imageSha256}`))
    terminal.line("servers", hosts.join(", "))
    const size = `${bytesText(bundle.length)}, ${anchorCountText(anchors.length)}`
    terminal.line("bundle", `${size}, for ${formatNames[formatOf(bundle)]}`)
    for (const [at, { subject, role, ...ends }] of anchors.entries())
        terminal.line(at === 0 ? "anchors" : "", `${subject}, ${role}, ${endText(ends)}`)
}

/** Every device that is not revoked: those whose pins are known, then those whose are not. */
export function showAllPins(terminal: Terminal, devices: KnownPins[]): void {
    const known = devices.flatMap(({ id, name, pins }) => (pins ? [{ id, name, pins }] : []))
    const rows = known.flatMap(({ id, name, pins }) =>
        pins.anchors.map(({ subject, role, ...ends }, at) => [
            ...(at === 0 ? [id, name] : ["", ""]),
            subject,
            role,
            endText(ends),
        ]),
    )
    if (rows.length > 0)
        for (const row of tableText([["ID", "NAME", "ANCHOR", "ROLE", ""], ...rows])) terminal.line("", row)
    const others = devices.filter(({ pins }) => pins === undefined).map(({ id }) => id)
    if (devices.length === 0) terminal.line("", "no device yet: airpin device add NAME adds one")
    if (others.length === 0) return
    terminal.line("not known", others.join(", "))
    terminal.line("next", "airpin device pins ID FILE, with the manifest that airpin image wrote beside the image")
}

function endText({ notAfter, trustEnds }: Pick<PinnedAnchor, "notAfter" | "trustEnds">): string {
    const others = trustEnds === undefined ? "" : ` (trusted by others until about ${trustEnds})`
    return `until ${notAfter.slice(0, 10)}${others}`
}

/** For --json. */
export function pinsJson({ bundle, ...pins }: StoredPins) {
    return { ...pins, format: formatOf(bundle), bundle: Buffer.from(bundle).toString("base64") }
}
