import { encodeBundle } from "../../../certs/bundle/bundle.ts"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import type { PinnedAnchor, StoredPins } from "../../../devs/api/pins/device-pins.ts"
import type { FleetMember } from "../../../devs/fleet/trust/fleet-trust.ts"
import { manifestAnchor } from "../../../devs/image/manifest/manifest.ts"

/** What a device with the roots of these CAs holds; `notAfter` replaces the ends of the anchors. */
export function pinsOfRoots(authorities: LocalCa[], notAfter?: string): StoredPins {
    const roots = authorities.flatMap(({ rootPem }) => parsePem(rootPem))
    const anchors = roots.map(
        (certificate): PinnedAnchor => ({
            ...manifestAnchor({ certificate, role: "issuer", source: "ca-file", reason: "" }),
            ...(notAfter !== undefined && { notAfter }),
        }),
    )
    return {
        ...{ anchors, bundle: encodeBundle(roots), board: "M5Stack", imageSha256: "11".repeat(32) },
        ...{ imageFile: "device-0x1000.bin", hosts: ["air.test:443"], storedAt: 5 },
    }
}

/**
 * 20 devices: seven hold only the old root, six both, six only the new one; of room-20 nothing is known. Those with the
 * old root are in two buildings, one floor 10 and one device without a group.
 */
export function madeUpFleet(old: LocalCa, next: LocalCa): FleetMember[] {
    const member = (number: number, group: string | null, pins?: StoredPins): FleetMember => ({
        ...{ id: `room-${number}`, name: `Room ${number}`, group, lastSeenAt: 1_790_000_000 + number },
        ...(pins && { pins }),
    })
    const oldOnly = (end: string) => pinsOfRoots([old], end)
    return [
        member(1, "East / Floor 2", oldOnly("2030-01-01T00:00:00.000Z")),
        member(2, "West / Floor 1", oldOnly("2028-06-01T00:00:00.000Z")),
        member(3, "East / Floor 10", oldOnly("2029-01-01T00:00:00.000Z")),
        member(4, "West / Floor 1", oldOnly("2031-01-01T00:00:00.000Z")),
        member(5, null, oldOnly("2029-01-01T00:00:00.000Z")),
        member(6, "East / Floor 2", oldOnly("2029-01-01T00:00:00.000Z")),
        member(7, "West / Floor 0", oldOnly("2030-01-01T00:00:00.000Z")),
        ...[8, 9, 10, 11, 12, 13].map(number => member(number, "East / Floor 1", pinsOfRoots([old, next]))),
        ...[14, 15, 16, 17, 18, 19].map(number => member(number, "West / Floor 2", pinsOfRoots([next]))),
        member(20, "West / Floor 2"),
    ]
}
