import { AirpinError } from "../../certs/error.ts"
import { readCertificates } from "../../certs/read/certificates.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import { readFileBytes } from "../files.ts"
import { isFlashImage } from "../image/flash-image.ts"

/**
 * All certificates of a file in any form that `readCertificates` reads, in its order.
 *
 * @throws AirpinError FILE_UNREADABLE, and as `readCertificates`
 */
export async function readCertificateFile(file: string): Promise<Certificate[]> {
    const bytes = await readFileBytes(file)
    if (isFlashImage(bytes))
        throw new AirpinError(
            "CERTIFICATE_FILE_FOREIGN",
            `${file} is a flash image: its bundle has only names and keys`,
            `give the certificates; to see what the bundle holds: airpin image --show ${file}`,
        )
    return readCertificates(bytes, file)
}

/** All certificates of several files, in the order given. Throws as {@link readCertificateFile}. */
export async function readCertificateFiles(files: string[]): Promise<Certificate[]> {
    return (await Promise.all(files.map(readCertificateFile))).flat()
}
