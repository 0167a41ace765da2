/** A certificate that its owner has in files: of a private CA, or obtained elsewhere. */
import { AirpinError } from "../../../certs/error.ts"
import { toPem } from "../../../certs/x509/certificate.ts"
import { readFileBytes } from "../../files.ts"
import { readCertificateFile } from "../../pins/certificate-file.ts"
import { keyTypeOf } from "./key-type.ts"
import type { Issued, Source } from "./types.ts"

export interface CertificateFiles {
    /** chain in any form that airpin reads, leaf first */
    cert: string
    /** private key, PEM; whether it fits the leaf, the round checks */
    key: string
}

/** @throws AirpinError FILE_UNREADABLE, EDGE_KEY_MISMATCH for a file without a private key, as `readCertificateFile` */
export async function fileSource({ cert, key }: CertificateFiles): Promise<{ source: Source; issued: Issued }> {
    const pem = (await readCertificateFile(cert)).map(toPem).join("")
    const keyPem = (await readFileBytes(key)).toString()
    const issued = { keyPem, keyType: typeOf(keyPem, key), chains: [{ pem, label: cert }] }
    const source = { name: "files", isLocal: true, renewalInfo: async () => undefined, issue: async () => issued }
    return { source, issued }
}

function typeOf(keyPem: string, file: string): Issued["keyType"] {
    try {
        return keyTypeOf(keyPem)
    } catch (cause) {
        throw new AirpinError("EDGE_KEY_MISMATCH", `${file} has no private key that can be read`, { cause })
    }
}
