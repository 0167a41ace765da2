/** Proves to the CA that the names of an order are this server's (RFC 8555, 7.5). */
import type { Authorization, Client, Order } from "acme-client"
import { SourceError } from "../renewal/types.ts"
import { problemIn, problemText } from "./ca-error.ts"
import { type ChallengeSession, type ChallengeSolver, HTTP_CHALLENGE_PATH, isToken } from "./challenge.ts"
import type { Exchange } from "./exchange.ts"
import { poll } from "./polling.ts"

export interface Authorizing {
    host: string
    solver: ChallengeSolver
    pollLimitMs?: number
    exchange: Exchange
    signal: AbortSignal
}

/** @throws SourceError ACME_CHALLENGE_FAILED, and what the solver throws */
export async function authorize(client: Client, authorizing: Authorizing, order: Order): Promise<void> {
    const pending = (await client.getAuthorizations(order)).filter(({ status }) => status !== "valid")
    if (pending.length === 0) return
    const session = await authorizing.solver.begin()
    try {
        for (const authorization of pending) await answer(client, authorizing, session, authorization)
        await decided(client, authorizing, order)
    } finally {
        await session.end()
    }
}

type Challenge = Authorization["challenges"][number]

async function answer(
    client: Client,
    { host, solver }: Authorizing,
    session: ChallengeSession,
    authorization: Authorization,
): Promise<void> {
    const { value: name } = authorization.identifier
    const challenge = authorization.challenges.find(({ type }) => type === solver.type)
    if (!challenge || !isToken(challenge.token)) {
        const offered = authorization.challenges.map(({ type }) => type).join(", ") || "nothing"
        const what = challenge ? "a token that is not base64url" : `only ${offered}`
        throw new SourceError("ACME_CHALLENGE_FAILED", `${host} offers ${what} for ${name}, and not ${solver.type}`)
    }
    const response = await client.getChallengeKeyAuthorization(challenge)
    await session.present({ name, token: challenge.token, response })
    await client.completeChallenge(challenge)
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

/** Name of the record for DNS-01 (RFC 8555, 8.4). */
export function dnsRecordName(name: string): string {
    return `_acme-challenge.${name}`
}
