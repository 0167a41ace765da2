/**
 * What the devices of a fleet trust as flashed, and which of them would refuse a chain. No I/O.
 */
import type { KeyExchange } from "../../../certs/chip/verification.ts"
import { deviceTrusts, mayIssueLeaf } from "../../../certs/device.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import type { Certificate } from "../../../certs/x509/certificate.ts"
import type { PinnedAnchor } from "../../api/pins/device-pins.ts"
import { judgeDevices } from "../../edge/renewal/judge.ts"

/** A device that is not revoked, as its server knows it. */
export interface FleetMember {
    id: string
    name: string
    /** "Building A / Floor 1"; null: none */
    group: string | null
    /** Unix seconds; null: never */
    lastSeenAt: number | null
    /** absent if nobody has stored the manifest of its image */
    pins?: HeldPins
}

/** The bundle on a chip. */
export interface HeldPins {
    anchors: PinnedAnchor[]
    bundle: Uint8Array
    /** name of the board, for people */
    board: string
    imageSha256: string
}

/** A chain that the server may send soon. */
export interface ComingChain {
    /** for people: "the chain of new.pem" */
    label: string
    /** in the order sent, with or without the leaf */
    certificates: Certificate[]
    /** names by which devices may ask for the server; not used for a chain without its leaf */
    names: string[]
    keyExchange?: KeyExchange
}

/** - unknown: what it trusts is not known, so it may refuse or accept */
export type Stand = "refuses" | "unknown" | "accepts"

export interface JudgedMember extends FleetMember {
    stand: Stand
    /** one sentence for people, about the first chain that decides */
    reason: string
    /** when the first of its anchors ends, ISO 8601, UTC; null if none is known */
    endsAt: string | null
}

const NOT_KNOWN = "what it trusts is not known"

/** The worst that a device would do with any of the chains, by the chip's own rules. Never a guess. */
export function judgeFleet(members: FleetMember[], chains: ComingChain[]): JudgedMember[] {
    const stands = chains.map(chain => ({ chain, byId: standsWith(chain, members) }))
    return members.map(member => {
        const found = stands.map(({ chain, byId }) => {
            const { stand, reason } = byId.get(member.id) ?? { stand: "unknown", reason: NOT_KNOWN }
            return { stand, reason: chains.length > 1 && stand === "refuses" ? `${chain.label}: ${reason}` : reason }
        })
        const worst = SEVERITY.flatMap(stand => found.find(one => one.stand === stand) ?? [])[0]
        return { ...member, ...(worst ?? { stand: "unknown", reason: "no chain is known" }), endsAt: endOf(member) }
    })
}

/** The worst first. */
export const SEVERITY: Stand[] = ["refuses", "unknown", "accepts"]

function standsWith(chain: ComingChain, members: FleetMember[]): Map<string, { stand: Stand; reason: string }> {
    const { certificates, names, keyExchange } = chain
    if (mayIssueLeaf(certificates[0]?.der)) return new Map(standsWithoutLeaf(certificates, members))
    const devices = members.map(({ id, name, pins }) => ({ id, name, ...(pins && { bundle: pins.bundle }) }))
    const judged = judgeDevices(certificates, devices, { names, ...(keyExchange && { keyExchange }) })
    return new Map(
        judged.map(({ id, stand, reason }) => [id, { stand, reason: stand === "unknown" ? NOT_KNOWN : reason }]),
    )
}

function standsWithoutLeaf(cas: Certificate[], members: FleetMember[]): [string, { stand: Stand; reason: string }][] {
    const ders = cas.map(({ der }) => der)
    const byBundle = new Map<string, { stand: Stand; reason: string }>()
    const judge = (bundle: Uint8Array) => {
        const key = sha256Of(bundle)
        const { accepted, reason } = deviceTrusts(ders, bundle)
        const stand = byBundle.get(key) ?? { stand: accepted ? "accepts" : "refuses", reason }
        byBundle.set(key, stand)
        return stand
    }
    return members.map(({ id, pins }) => [id, pins ? judge(pins.bundle) : { stand: "unknown", reason: NOT_KNOWN }])
}

/** When an anchor ends: with its own certificate, or before, when others stop to trust it. */
export function anchorEnd({ notAfter, trustEnds }: Pick<PinnedAnchor, "notAfter" | "trustEnds">): string {
    return trustEnds !== undefined && trustEnds < notAfter ? trustEnds : notAfter
}

function endOf({ pins }: FleetMember): string | null {
    return pins?.anchors.map(anchorEnd).sort()[0] ?? null
}
