import assert from "node:assert/strict"
import { generateKeyPairSync } from "node:crypto"
import type { Anchor } from "../../certs/anchor.ts"
import { backupAnchors, backupWarning, sameOperatorWarning } from "../../certs/backup.ts"
import { operators } from "../../certs/operators.ts"
import { type Certificate, parseCertificate } from "../../certs/x509/certificate.ts"
import { altNames, ca, dn, dns, ec, type Minted, mint, schemes, tlv } from "../support/mint.ts"

const NOW = new Date("2026-06-01T00:00:00Z")

function root(name: string, more: Partial<Minted> = {}): Certificate {
    const key = ec()
    return parseCertificate(
        mint({ subject: dn(name), issuer: dn(name), key, signer: key, extensions: [ca()], ...more }),
    )
}

const anchor = (certificate: Certificate, role: Anchor["role"]): Anchor => ({
    certificate,
    role,
    source: "ca-file",
    reason: "a test",
})

describe("a backup", () => {
    const pinned = anchor(root("Pinned"), "issuer")

    it("is a root outside the chain, with its own reason", () => {
        const spare = root("Spare")
        assert.deepEqual(backupAnchors([spare], [pinned], NOW), [
            {
                certificate: spare,
                role: "backup",
                source: "backup-file",
                reason: "backup outside the server's chain, in case its operator fails",
            },
        ])
    })

    it("must not be pinned already, except as a sibling", () => {
        for (const role of ["issuer", "presented", "intermediate"] as const) {
            assert.throws(() => backupAnchors([pinned.certificate], [{ ...pinned, role }], NOW), {
                code: "BACKUP_IN_CHAIN",
            })
        }
        assert.equal(backupAnchors([pinned.certificate], [{ ...pinned, role: "sibling" }], NOW).length, 1)
    })

    it("must not be a leaf, an intermediate, or a root with a forged signature", () => {
        const wrong = [
            root("Leaf", { extensions: [altNames(dns("air.test"))] }),
            root("Intermediate", { issuer: dn("Root") }),
            root("Forged", { signer: ec() }),
        ]
        for (const certificate of wrong)
            assert.throws(() => backupAnchors([certificate], [pinned], NOW), { code: "BACKUP_NOT_A_ROOT" })
    })

    it("must be valid today", () => {
        const expired = root("Old", { notAfter: tlv(0x17, Buffer.from("260101000000Z")) })
        assert.throws(() => backupAnchors([expired], [pinned], NOW), { code: "CHAIN_EXPIRED" })
        const early = root("Early", { notBefore: tlv(0x17, Buffer.from("270101000000Z")) })
        assert.throws(() => backupAnchors([early], [pinned], NOW), { code: "CHAIN_NOT_YET_VALID" })
    })

    it("must have a key that the chip can read", () => {
        const key = generateKeyPairSync("ed25519")
        const odd = root("Odd", { key, signer: key, scheme: schemes.ed25519 })
        assert.throws(() => backupAnchors([odd], [pinned], NOW), { code: "BACKUP_KEY_UNREADABLE" })
    })

    it("is reported missing when only the chain's own anchors and their siblings are pinned", () => {
        assert.match(
            backupWarning([pinned, { ...pinned, role: "sibling" }])!,
            /^no backup anchor: .*; next: airpin ca new/,
        )
        assert.equal(backupWarning([pinned, { ...pinned, role: "backup" }]), undefined)
    })

    it("causes a warning when it belongs to the same operator as the chain", () => {
        const [x1, x2] = operators[0]!.roots.map(({ subject, spkiSha256 }) => ({
            ...root("any"),
            subject,
            spkiSha256,
        })) as [Certificate, Certificate]
        assert.match(sameOperatorWarning([anchor(x1, "issuer"), anchor(x2, "backup")])!, /ISRG Root X2.*Let's Encrypt/)
        assert.equal(sameOperatorWarning([anchor(x1, "issuer"), anchor(root("Spare"), "backup")]), undefined)
        assert.equal(sameOperatorWarning([pinned, anchor(x2, "backup")]), undefined)
    })
})
