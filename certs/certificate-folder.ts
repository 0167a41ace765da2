/** Reads all certificates of a folder. This file touches the disk. */
import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { AirpinError } from "./error.ts"
import { type Certificate, parseCertificate, parsePem } from "./x509/certificate.ts"

/** file names that are read */
const CERTIFICATE_FILE = /\.(pem|crt|cer|der)$/i
/** many times the list of all public roots (220 kB) */
const MAX_FILE_BYTES = 4 * 1024 * 1024
const MAX_FILES = 1000

/**
 * Every certificate in the .pem, .crt, .cer and .der files of a folder, in PEM or
 * DER whatever the extension, ordered by file name. PEM files without a
 * certificate (keys) are skipped. Subfolders are not read.
 *
 * @throws AirpinError FOLDER_UNREADABLE, FOLDER_EMPTY without any certificate, FOLDER_TOO_LARGE, CERTIFICATE_MALFORMED
 */
export async function readCertificateFolder(directory: string): Promise<Certificate[]> {
    const names = await certificateFiles(directory)
    if (names.length > MAX_FILES) throw tooLarge(directory, `${names.length} certificate files`)
    const certificates: Certificate[] = []
    for (const name of names) certificates.push(...(await readCertificates(join(directory, name))))
    if (certificates.length === 0) {
        throw new AirpinError("FOLDER_EMPTY", `${directory} contains no certificate`)
    }
    return certificates
}

async function certificateFiles(directory: string): Promise<string[]> {
    const names = await readdir(directory).catch((cause: Error) => {
        throw new AirpinError("FOLDER_UNREADABLE", `${directory} cannot be read: ${cause.message}`, "give a folder", {
            cause,
        })
    })
    return names.filter(name => CERTIFICATE_FILE.test(name)).sort()
}

async function readCertificates(file: string): Promise<Certificate[]> {
    const { size } = await stat(file)
    if (size > MAX_FILE_BYTES) throw tooLarge(file, `${size} bytes`)
    const bytes = await readFile(file)
    try {
        return parseCertificates(bytes)
    } catch (cause) {
        if (!(cause instanceof AirpinError)) throw cause
        throw new AirpinError(
            cause.code,
            `${file}: ${cause.message}`,
            "remove the file from the folder, or get it again",
            { cause },
        )
    }
}

function parseCertificates(bytes: Buffer): Certificate[] {
    if (bytes.includes("-----BEGIN CERTIFICATE-----")) return parsePem(bytes.toString("latin1"))
    return bytes.includes("-----BEGIN ") ? [] : [parseCertificate(bytes)]
}

function tooLarge(what: string, size: string): AirpinError {
    return new AirpinError("FOLDER_TOO_LARGE", `${what}: ${size} are too many for a set of roots`)
}
