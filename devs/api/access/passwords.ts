/** Passwords of admins, hashed with Argon2id (RFC 9106). */
import { hash, verify } from "@node-rs/argon2"
import { AirpinError } from "../../../certs/error.ts"

/** Length in characters. OWASP Authentication Cheat Sheet: at least 8 with a second factor, 15 without; long ones allowed. */
export const MIN_PASSWORD_LENGTH = 12
const MAX_PASSWORD_LENGTH = 256

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one thread. The salt is random, 16 bytes. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Passwords hashed at once: 19 MiB and a thread of libuv's pool each, which database files need as well. */
const MAX_HASHING = 2
/** Passwords that may wait: each takes about 20 ms. */
const MAX_WAITING = 16

let hashing = 0
const waiting: (() => void)[] = []

/**
 * The hash of a new password, in PHC form: "$argon2id$v=19$m=…".
 *
 * @throws AirpinError PASSWORD_UNSUITABLE, LOGIN_BUSY
 */
export async function hashPassword(password: string): Promise<string> {
    const normal = password.normalize("NFKC")
    const length = [...normal].length
    if (length < MIN_PASSWORD_LENGTH || length > MAX_PASSWORD_LENGTH || /\p{Cc}/u.test(normal))
        throw new AirpinError(
            "PASSWORD_UNSUITABLE",
            `a password has ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters and no control character; this one has ${length}`,
        )
    return whenFree(() => hash(normal, cost))
}

/**
 * Whether a password has this hash. Without a hash it takes as long and is false, so that the time of a response does
 * not show which admins exist.
 *
 * @throws AirpinError LOGIN_BUSY
 */
export async function isPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
    if (password.length > MAX_PASSWORD_LENGTH * 2) return false
    const normal = password.normalize("NFKC")
    if (passwordHash !== undefined) return whenFree(() => verify(passwordHash, normal))
    await whenFree(() => hash(normal, cost))
    return false
}

async function whenFree<Result>(work: () => Promise<Result>): Promise<Result> {
    if (hashing >= MAX_HASHING) {
        if (waiting.length >= MAX_WAITING) throw new AirpinError("LOGIN_BUSY", "many people are logging in just now")
        await new Promise<void>(resolve => waiting.push(resolve))
    }
    hashing++
    try {
        return await work()
    } finally {
        hashing--
        waiting.shift()?.()
    }
}
