/** Which devices hang on which anchor: what ends with it. */
import type { KnownPins } from "../pins/device-pins.ts"

/** A name and key in the bundles of devices. */
export interface SharedAnchor {
    subject: string
    /** lower-case hex */
    spkiSha256: string
    /** when it ends, or when trust stores are expected to stop trusting it, whichever is first; Unix seconds */
    endsAt: number
    /** devices that trust it as flashed, by id */
    devices: { id: string; name: string }[]
}

/** Each anchor once, the one that ends first in front. */
export function sharedAnchors(devices: KnownPins[]): SharedAnchor[] {
    const byKey = new Map<string, SharedAnchor>()
    for (const { id, name, pins } of devices) {
        for (const { subject, spkiSha256, notAfter, trustEnds } of pins?.anchors ?? []) {
            const key = `${subject} ${spkiSha256}`
            const endsAt = Math.min(...[notAfter, trustEnds ?? notAfter].map(time => Date.parse(time) / 1000))
            const shared = byKey.get(key) ?? { subject, spkiSha256, endsAt, devices: [] }
            shared.endsAt = Math.min(shared.endsAt, endsAt)
            if (shared.devices.every(device => device.id !== id)) shared.devices.push({ id, name })
            byKey.set(key, shared)
        }
    }
    return [...byKey.values()].sort((a, b) => a.endsAt - b.endsAt || a.subject.localeCompare(b.subject, "en"))
}
