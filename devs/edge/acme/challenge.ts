/** How a server proves to an ACME CA that a name is its own (RFC 8555, 8). */

export type ChallengeType = "http-01" | "dns-01"

/** What the CA looks for. */
export interface Challenge {
    /** the DNS name, without `*.` */
    name: string
    /** base64url: checked, since it becomes the name of a file */
    token: string
    /** the body of the response (HTTP-01), or the value of the record (DNS-01) */
    response: string
}

/** The challenges of one order. */
export interface ChallengeSession {
    /** Publishes a response. */
    present(challenge: Challenge): Promise<void>
    /** Resolves when the CA can see all that was published; absent if it can at once. */
    settle?(signal: AbortSignal): Promise<void>
    /** Removes everything that was published or started. Called once, also after an error of `present`. */
    end(): Promise<void>
}

export interface ChallengeSolver {
    readonly type: ChallengeType
    /** Throws what would keep it from publishing now; a round asks the CA for nothing then. */
    ready?(): Promise<void>
    begin(): Promise<ChallengeSession>
}

/** base64url; 128 bits at least (RFC 8555, 8.1) */
const TOKEN = /^[A-Za-z0-9_-]{22,200}$/

/** True for a token as RFC 8555 has it: it leads to no other folder. */
export function isToken(text: string): boolean {
    return TOKEN.test(text)
}

/** Path of the response to HTTP-01 (RFC 8555, 8.3), below which the token follows. */
export const HTTP_CHALLENGE_PATH = "/.well-known/acme-challenge/"

/** Name of the TXT record for DNS-01 (RFC 8555, 8.4). */
export function dnsRecordName(name: string): string {
    return `_acme-challenge.${name}`
}
