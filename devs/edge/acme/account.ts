/** The account at an ACME CA: its key in the edge folder, and how it is registered. */
import { createPrivateKey, randomBytes } from "node:crypto"
import { chmod, link, readFile, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { JsonField } from "../../../certs/json-field.ts"
import { makePrivateFolder, PRIVATE_MODE, writeSynced } from "../../../certs/replace-file.ts"
import { generateKey } from "../../../certs/x509/issue.ts"
import { readFileBytes } from "../../files.ts"

/** Binds the account to one that the CA's operator knows (RFC 8555, 7.3.4). */
export interface ExternalAccount {
    keyId: string
    /** base64url; secret */
    hmacKey: string
}

/** a shorter key could be guessed; CAs give 32 bytes and more */
const MIN_HMAC_KEY_BYTES = 16

/**
 * @param hmacKey as the CA shows it; a final newline is removed
 * @throws AirpinError ACME_EXTERNAL_ACCOUNT_INVALID, which does not contain the key
 */
export function parseExternalAccount(keyId: string, hmacKey: string): ExternalAccount {
    const key = hmacKey.trim().replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")
    if (!/^[\x21-\x7e]{1,200}$/.test(keyId)) throw invalid("the key identifier is empty, or has spaces in it")
    if (!/^[A-Za-z0-9_-]*$/.test(key)) throw invalid("the HMAC key is not base64url")
    if (Buffer.from(key, "base64url").length < MIN_HMAC_KEY_BYTES)
        throw invalid(`the HMAC key has less than ${MIN_HMAC_KEY_BYTES} bytes`)
    return { keyId, hmacKey: key }
}

/** {@link parseExternalAccount} of a key in a file, or in ACME_EAB_HMAC_KEY. @throws AirpinError FILE_UNREADABLE too */
export async function readExternalAccount(
    { keyId, hmacKeyFile }: { keyId: string; hmacKeyFile?: string },
    environment: NodeJS.ProcessEnv,
): Promise<ExternalAccount> {
    if (hmacKeyFile !== undefined)
        return parseExternalAccount(keyId, (await readFileBytes(hmacKeyFile)).toString("utf8"))
    const key = environment.ACME_EAB_HMAC_KEY
    if (key === undefined) throw invalid(`there is no HMAC key for ${keyId}: neither a file nor ACME_EAB_HMAC_KEY`)
    return parseExternalAccount(keyId, key)
}

function invalid(why: string): AirpinError {
    return new AirpinError("ACME_EXTERNAL_ACCOUNT_INVALID", why)
}

/** Name of the file with the account's key at a CA. */
export function accountFile(host: string): string {
    return `account-${host.replaceAll(/[^A-Za-z0-9.-]/g, "-")}.json`
}

/**
 * The account's key at this CA, PKCS #8; a new one, mode 0600, if the edge folder has none. Of two processes that make
 * one, both get the same.
 *
 * @throws AirpinError ACME_ACCOUNT_BROKEN
 */
export async function openAccountKey(folder: string, host: string): Promise<string> {
    const file = join(folder, accountFile(host))
    const found = await readKey(file)
    if (found) return found
    await makePrivateFolder(folder)
    await install(file, host)
    return (await readKey(file)) ?? failMissing(file)
}

/** Undefined if there is no such file. */
async function readKey(file: string): Promise<string | undefined> {
    const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
        if (cause.code !== "ENOENT") throw cause
    })
    if (text === undefined) return undefined
    await chmod(file, PRIVATE_MODE) // a restored backup may have lost its mode
    try {
        const keyPem = JsonField.parse(text).at("keyPem").text()
        createPrivateKey(keyPem)
        return keyPem
    } catch {
        // the cause is left out: a JSON parser's message has a piece of the text
        throw new AirpinError("ACME_ACCOUNT_BROKEN", `${file} has no private key that can be read`)
    }
}

/** A link fails if another process was faster; a rename would replace its key. */
async function install(file: string, host: string): Promise<void> {
    const key = await generateKey("P-256")
    const keyPem = key.export({ type: "pkcs8", format: "pem" })
    const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}.tmp`)
    try {
        await writeSynced(temporary, `${JSON.stringify({ host, keyPem }, undefined, 4)}\n`, PRIVATE_MODE)
        await link(temporary, file).catch((cause: NodeJS.ErrnoException) => {
            if (cause.code !== "EEXIST") throw cause
        })
    } finally {
        await rm(temporary, { force: true })
    }
}

function failMissing(file: string): never {
    throw new AirpinError("ACME_ACCOUNT_BROKEN", `${file} was removed while it was made`)
}
