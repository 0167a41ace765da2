/** Backup anchors: roots outside the server's chain, in case its CA operator fails. No I/O. */
import { type Anchor, isSameCa, isSelfIssued, keyText } from "./anchor.ts"
import { anchorKey } from "./chip/anchor-table.ts"
import { AirpinError } from "./error.ts"
import { type Operator, operatorOf } from "./operators.ts"
import { type Certificate, isSignedBy } from "./x509/certificate.ts"
import { requireDates } from "./x509/verify.ts"

const REASON = "backup outside the server's chain, in case its operator fails"

/**
 * Anchors for root certificates outside the chains that `chosen` was chosen for.
 *
 * @throws AirpinError BACKUP_NOT_A_ROOT, BACKUP_KEY_UNREADABLE, BACKUP_IN_CHAIN, CHAIN_EXPIRED, CHAIN_NOT_YET_VALID
 */
export function backupAnchors(certificates: Certificate[], chosen: Anchor[], now: Date): Anchor[] {
    requireDates(certificates, now)
    for (const certificate of certificates) requireBackup(certificate, chosen)
    return certificates.map(certificate => ({ certificate, source: "backup-file", role: "backup", reason: REASON }))
}

/**
 * The warning for anchors without a backup; undefined when there is one. A
 * sibling does not count: it fails together with its operator.
 */
export function backupWarning(anchors: Pick<Anchor, "role">[]): string | undefined {
    if (anchors.some(({ role }) => role === "backup")) return undefined
    return "no backup anchor: if the CA fails, devices can no longer be reached; next: airpin ca new, then pin again with --backup FILE"
}

/** The warning for a backup of the same operator as the chain; undefined when there is no such backup. */
export function sameOperatorWarning(anchors: Anchor[]): string | undefined {
    const inUse = new Set(
        anchors.filter(({ role }) => role !== "backup").map(({ certificate }) => operatorOf(certificate)),
    )
    for (const { role, certificate } of anchors) {
        const operator = operatorOf(certificate)
        if (role === "backup" && operator && inUse.has(operator)) return sameOperatorText(certificate, operator)
    }
    return undefined
}

function sameOperatorText({ subject }: Certificate, { name }: Operator): string {
    return `the backup "${subject}" belongs to the same operator as the chain (${name}) and would fail with it`
}

function requireBackup(certificate: Certificate, chosen: Anchor[]): void {
    const { subject, spkiDer, subjectDer } = certificate
    if (!certificate.isCa || !isSelfIssued(certificate) || !isSignedBy(certificate, certificate))
        throw notARoot(certificate)
    if (!anchorKey({ name: subjectDer, key: spkiDer })) {
        throw new AirpinError(
            "BACKUP_KEY_UNREADABLE",
            `the chip cannot read the key (${keyText(certificate)}) of the backup "${subject}"`,
        )
    }
    if (chosen.some(anchor => anchor.role !== "sibling" && isSameCa(anchor.certificate, certificate)))
        throw inChain(certificate)
}

function notARoot({ subject }: Certificate): AirpinError {
    return new AirpinError("BACKUP_NOT_A_ROOT", `the backup "${subject}" is not a self-signed CA certificate`)
}

function inChain({ subject }: Certificate): AirpinError {
    return new AirpinError(
        "BACKUP_IN_CHAIN",
        `"${subject}" is already pinned for the server's chain, so it cannot be its backup`,
    )
}
