/** Secrets that a request carries: tokens of links and sessions, beside those of devices. */
import { randomBytes } from "node:crypto"

/** 192 bits cannot be guessed, so the stored SHA-256 needs neither a salt nor a slow algorithm. */
const TOKEN_BYTES = 24

/** Bearer tokens as RFC 6750 section 2.1 writes them in a header. */
const BEARER_PATTERN = /^Bearer ([A-Za-z0-9._~+/-]{1,128}=*)$/i

/** What a token of the access routes is for: the part before its "_". Tokens of devices have none. */
export type TokenKind = "link" | "session"

/** A new secret: "link_" or "session_", and 32 characters of base64url. */
export function newToken(kind: TokenKind): string {
    return `${kind}_${randomBytes(TOKEN_BYTES).toString("base64url")}`
}

/** True for a text that is written as a token of this kind. */
export function isToken(kind: TokenKind, text: string): boolean {
    return new RegExp(`^${kind}_[A-Za-z0-9_-]{32}$`).test(text)
}

/** The token in an `Authorization` header; undefined if it holds none. */
export function bearerToken(authorization: string): string | undefined {
    return BEARER_PATTERN.exec(authorization)?.[1]
}
