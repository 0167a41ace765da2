import { type Certificate, parsePem } from "../../certs/x509/certificate.ts"
import { readFileBytes } from "../files.ts"

/**
 * All certificates of a PEM file, in its order.
 *
 * @throws AirpinError FILE_UNREADABLE, PEM_EMPTY, CERTIFICATE_MALFORMED
 */
export async function readPemFile(file: string): Promise<Certificate[]> {
    return parsePem((await readFileBytes(file)).toString())
}

/** All certificates of several PEM files, in the order given. Throws as {@link readPemFile}. */
export async function readPemFiles(files: string[]): Promise<Certificate[]> {
    return (await Promise.all(files.map(readPemFile))).flat()
}
