/** A self-signed certificate, so that nginx and HAProxy start before the first real one is there. */
import { createPublicKey } from "node:crypto"
import { mkdtemp, rename, rm, symlink } from "node:fs/promises"
import path from "node:path"
import {
    exists,
    makeFolder,
    makePrivateFolder,
    PRIVATE_MODE,
    PUBLIC_MODE,
    writeSynced,
} from "../../../certs/replace-file.ts"
import { toPem } from "../../../certs/x509/certificate.ts"
import { encodeName, generateKey, issueCertificate, type KeyType } from "../../../certs/x509/issue.ts"
import { PLACEHOLDER_VERSION } from "../renewal/versions.ts"

/** Its common name, by which people know it. No device accepts it: it chains up to nothing. */
export const PLACEHOLDER_NAME = "airpin placeholder"

/** Nobody trusts it, so it need not end soon; it starts a day ago for clients whose clock is slow. */
const LIFETIME_MS = 365 * 24 * 3600 * 1000
const BACKDATED_MS = 24 * 3600 * 1000

export interface Placeholder {
    /** PKCS #8 */
    keyPem: string
    chainPem: string
}

/** A new key with a self-signed certificate for these names. */
export async function makePlaceholder(names: string[], keyType: KeyType, now = new Date()): Promise<Placeholder> {
    const key = await generateKey(keyType)
    const nameDer = encodeName(PLACEHOLDER_NAME)
    const certificate = issueCertificate({
        subjectDer: nameDer,
        publicKey: createPublicKey(key),
        issuer: { nameDer, privateKey: key },
        purpose: { kind: "server", names },
        notBefore: new Date(now.getTime() - BACKDATED_MS),
        notAfter: new Date(now.getTime() + LIFETIME_MS),
    })
    return { keyPem: key.export({ type: "pkcs8", format: "pem" }).toString(), chainPem: toPem(certificate) }
}

/**
 * Makes the edge folder's `live` a placeholder if nothing is live there.
 *
 * @returns true if it was made
 */
export async function ensureLive(folder: string, names: string[], keyType: KeyType): Promise<boolean> {
    const live = path.join(folder, "live")
    if (await exists(path.join(live, "fullchain.pem"))) return false
    const versions = path.join(folder, "versions")
    await makePrivateFolder(folder)
    await makeFolder(versions, 0o755)
    const { keyPem, chainPem } = await makePlaceholder(names, keyType)
    const staging = await mkdtemp(path.join(versions, ".placeholder-"))
    await writeSynced(path.join(staging, "fullchain.pem"), chainPem, PUBLIC_MODE)
    await writeSynced(path.join(staging, "privkey.pem"), keyPem, PRIVATE_MODE)
    await writeSynced(path.join(staging, "combined.pem"), chainPem + keyPem, PRIVATE_MODE)
    await rm(path.join(versions, PLACEHOLDER_VERSION), { recursive: true, force: true })
    await rename(staging, path.join(versions, PLACEHOLDER_VERSION))
    const link = path.join(folder, ".live.new")
    await rm(link, { force: true })
    await symlink(path.join("versions", PLACEHOLDER_VERSION), link)
    await rename(link, live)
    return true
}
