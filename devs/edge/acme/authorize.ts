/** Proves to the CA that the names of an order are this server's (RFC 8555, 7.5). */
import type { Authorization, Client, Order } from "acme-client"
import { SourceError } from "../renewal/types.ts"
import { problemIn, problemText } from "./ca-error.ts"
import {
    type ChallengeSession,
    type ChallengeSolver,
    dnsRecordName,
    HTTP_CHALLENGE_PATH,
    isToken,
} from "./challenge.ts"
import type { Exchange } from "./exchange.ts"
import { poll } from "./polling.ts"

export interface Authorizing {
    host: string
    solver: ChallengeSolver
    pollLimitMs?: number
    exchange: Exchange
    signal: AbortSignal
    warn?: (text: string) => void
    inform?: (text: string) => void
}

/** @throws SourceError ACME_CHALLENGE_FAILED, and what the solver throws */
export async function authorize(client: Client, authorizing: Authorizing, order: Order): Promise<void> {
    const pending = (await client.getAuthorizations(order)).filter(({ status }) => status !== "valid")
    if (pending.length === 0) return
    for (const authorization of pending) showPersistent(client, authorizing, authorization)
    const session = await authorizing.solver.begin()
    try {
        const presented: Challenge[] = []
        for (const authorization of pending) presented.push(await present(client, authorizing, session, authorization))
        await session.settle?.(authorizing.signal)
        for (const challenge of presented) await client.completeChallenge(challenge)
        await decided(client, authorizing, order)
    } finally {
        await session.end().catch((error: unknown) => {
            authorizing.warn?.(
                `what proved the names could not be removed: ${error instanceof Error ? error.message : error}`,
            )
        })
    }
}

type Challenge = Authorization["challenges"][number]

/** Publishes the response to a challenge of this authorization, and returns the challenge. */
async function present(
    client: Client,
    { host, solver }: Authorizing,
    session: ChallengeSession,
    authorization: Authorization,
): Promise<Challenge> {
    const { value: name } = authorization.identifier
    const challenge = authorization.challenges.find(({ type }) => type === solver.type)
    if (!challenge || !isToken(challenge.token)) {
        const offered = authorization.challenges.map(({ type }) => type).join(", ") || "nothing"
        const what = challenge ? "a token that is not base64url" : `only ${offered}`
        throw new SourceError("ACME_CHALLENGE_FAILED", `${host} offers ${what} for ${name}, and not ${solver.type}`)
    }
    const response = await client.getChallengeKeyAuthorization(challenge)
    await session.present({ name, token: challenge.token, response })
    return challenge
}

/**
 * Says which TXT record would prove the name for good (draft-ietf-acme-dns-persist), where the CA offers that. airpin
 * sets none: it would let this account have certificates for the name for as long as the record stands.
 */
function showPersistent(
    client: Client,
    { host, inform }: Authorizing,
    { identifier, challenges }: Authorization,
): void {
    const offered = challenges.find(({ type }: { type: string }) => type === "dns-persist-01")
    if (!offered || !inform) return
    const issuers = "issuer-domain-names" in offered ? offered["issuer-domain-names"] : undefined
    const [issuer] = Array.isArray(issuers) ? issuers : []
    if (typeof issuer !== "string" || !/^[a-z0-9.-]+$/i.test(issuer)) return
    const record = `_validation-persist.${identifier.value} TXT "${issuer}; accounturi=${client.getAccountUrl()}"`
    inform(
        `${host} offers DNS-PERSIST-01: this record would prove the name for good; airpin does not set it: ${record}`,
    )
}

/** Waits until all authorizations of an order are valid. */
async function decided(client: Client, authorizing: Authorizing, order: Order): Promise<void> {
    const { host, solver, pollLimitMs: limitMs, exchange, signal } = authorizing
    const polling = { exchange, signal, what: `${host}: a challenge`, ...(limitMs !== undefined && { limitMs }) }
    await poll(polling, async () => {
        const authorizations = await client.getAuthorizations(order)
        const failed = authorizations.find(({ status }) => status !== "pending" && status !== "valid")
        if (failed) throw failure(host, solver, failed)
        return authorizations.every(({ status }) => status === "valid") || undefined
    })
}

function failure(host: string, { type }: ChallengeSolver, authorization: Authorization): SourceError {
    const { value: name } = authorization.identifier
    const challenge = authorization.challenges.find(one => one.type === type)
    const why = challenge ? problemText(problemIn(challenge)) : `the authorization is ${authorization.status}`
    return new SourceError("ACME_CHALLENGE_FAILED", `${host} could not read ${place(name, type, challenge)}: ${why}`)
}

function place(name: string, type: ChallengeSolver["type"], challenge: Challenge | undefined): string {
    if (type === "dns-01") return `the TXT record ${dnsRecordName(name)}`
    return `http://${name}${HTTP_CHALLENGE_PATH}${challenge?.token ?? ""}`
}
