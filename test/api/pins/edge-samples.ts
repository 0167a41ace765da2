import type { EdgeDevice, EdgeStatus } from "../../../certs/edge-status.ts"
import { NOW_MS } from "../support/world.ts"

const DAY_MS = 86_400_000
const iso = (days: number) => new Date(NOW_MS + days * DAY_MS).toISOString()

export const accepts = (id: string): EdgeDevice => ({
    ...{ id, name: id, stand: "accepts", anchor: "CN=Root X" },
    reason: "it trusts CN=Root X",
})
export const refuses = (id: string): EdgeDevice => ({ id, name: id, stand: "refuses", reason: "no anchor fits" })

/** The status of a round that ended an hour ago, with a certificate of 90 days that ends in 40; `more` replaces fields. */
export function edgeStatus(more: Partial<EdgeStatus> = {}): EdgeStatus {
    return {
        version: 1,
        at: new Date(NOW_MS - 3_600_000).toISOString(),
        names: ["air.example.org"],
        outcome: "fine",
        reasons: [],
        live: {
            source: "acme.example",
            label: "default (Root X)",
            names: ["air.example.org"],
            keyType: "P-256",
            path: ["CN=air.example.org", "CN=E1"],
            leafSha256: "ab".repeat(32),
            notBefore: iso(-50),
            notAfter: iso(40),
            verified: true,
        },
        nextLook: { at: iso(0.5), why: "the CA's window is asked for again" },
        heldBack: [],
        errors: [],
        devices: [accepts("kitchen"), accepts("gym")],
        ...more,
    }
}

/** A chain is held back since these devices would refuse it; the present one ends in so many days. */
export function heldBackStatus(ids: string[], days: number): EdgeStatus {
    const devices = ids.map(id => ({ id, name: id, reason: "no anchor fits" }))
    const { live } = edgeStatus()
    return edgeStatus({
        outcome: "refused",
        ...(live && { live: { ...live, notAfter: iso(days + 0.2), notBefore: iso(days - 20) } }),
        heldBack: [{ source: "acme.example", label: "default (Root Y)", keyType: "P-256", devices, count: ids.length }],
    })
}
