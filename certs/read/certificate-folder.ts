/** Reads all certificates of a folder. This file touches the disk. */
import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { AirpinError } from "../error.ts"
import type { Certificate } from "../x509/certificate.ts"
import { readCertificates } from "./certificates.ts"
import { foreignPem } from "./foreign-file.ts"
import { decodeText } from "./text.ts"

/** file names that are read */
const CERTIFICATE_FILE = /\.(pem|crt|cer|der|p7b|p7c)$/i
/** many times the list of all public roots (220 kB) */
const MAX_FILE_BYTES = 4 * 1024 * 1024
const MAX_FILES = 1000

/**
 * Every certificate in the .pem, .crt, .cer, .der, .p7b and .p7c files of a folder, in any form that
 * `readCertificates` reads whatever the extension, ordered by file name. PEM files without a certificate (keys) are
 * skipped. Subfolders are not read. A file in place of a folder is read whatever its name.
 *
 * @throws AirpinError FOLDER_UNREADABLE, FOLDER_EMPTY without any certificate, FOLDER_TOO_LARGE, and as `readCertificates`
 */
export async function readCertificateFolder(folder: string): Promise<Certificate[]> {
    const certificates: Certificate[] = []
    for (const file of await certificateFiles(folder)) certificates.push(...(await readOne(file)))
    if (certificates.length === 0) {
        throw new AirpinError("FOLDER_EMPTY", `${folder} contains no certificate`)
    }
    return certificates
}

/**
 * The paths of the files of a folder that have the name of a certificate's, ascending; a file alone in place of a
 * folder.
 *
 * @throws AirpinError FOLDER_UNREADABLE, FOLDER_TOO_LARGE
 */
export async function certificateFiles(folder: string): Promise<string[]> {
    const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOTDIR") return undefined
        throw new AirpinError("FOLDER_UNREADABLE", `${folder} cannot be read: ${cause.message}`, "give a folder", {
            cause,
        })
    })
    if (!names) return [folder]
    const files = names.filter(name => CERTIFICATE_FILE.test(name)).sort()
    if (files.length > MAX_FILES) throw tooLarge(folder, `${files.length} certificate files`)
    return files.map(name => join(folder, name))
}

async function readOne(file: string): Promise<Certificate[]> {
    const { size } = await stat(file)
    if (size > MAX_FILE_BYTES) throw tooLarge(file, `${size} bytes`)
    const bytes = await readFile(file)
    return foreignPem(decodeText(bytes)) ? [] : readCertificates(bytes, file)
}

function tooLarge(what: string, size: string): AirpinError {
    return new AirpinError("FOLDER_TOO_LARGE", `${what}: ${size} are too many for a set of roots`)
}
