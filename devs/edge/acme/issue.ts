/** One order at an ACME CA, from the account to the chains (RFC 8555, 7.3 to 7.5), by acme-client. */
import type { Order as CaOrder, Client } from "acme-client"
import { AirpinError } from "../../../certs/error.ts"
import { generateKey } from "../../../certs/x509/issue.ts"
import { isIpAddress } from "../../../certs/x509/server-name.ts"
import { type Issued, type Order, SourceError } from "../renewal/types.ts"
import { type ExternalAccount, openAccountKey } from "./account.ts"
import { type AcmeClient, withExchange } from "./acme-transport.ts"
import { authorize } from "./authorize.ts"
import { CaError, problemIn, problemText } from "./ca-error.ts"
import { downloadChains } from "./chains.ts"
import type { ChallengeSolver } from "./challenge.ts"
import type { Exchange } from "./exchange.ts"
import { poll } from "./polling.ts"
import { certificateId } from "./renewal-info.ts"

/** What an order works with. */
export interface Issuing {
    host: string
    directory: string
    folder: string
    email?: string
    externalAccount?: () => Promise<ExternalAccount>
    solver: ChallengeSolver
    pollLimitMs?: number
    exchange: Exchange
    signal: AbortSignal
    warn?: (text: string) => void
    inform?: (text: string) => void
}

/** @throws SourceError, AirpinError ACME_… */
export async function issueThrough(issuing: Issuing, order: Order): Promise<Issued> {
    const accountKey = await openAccountKey(issuing.folder, issuing.host)
    return withExchange(issuing.exchange, async acme => {
        try {
            return await obtain(acme, issuing, accountKey, order)
        } catch (cause) {
            if (cause instanceof AirpinError || (cause instanceof Error && "syscall" in cause)) throw cause
            // acme-client's own errors: what it has received is not what RFC 8555 demands
            const why = cause instanceof Error ? cause.message : String(cause)
            throw new SourceError("ACME_SERVER_ERROR", `${issuing.host}: ${why}`, { cause })
        }
    })
}

async function obtain(acme: AcmeClient, issuing: Issuing, accountKey: string, order: Order): Promise<Issued> {
    const client = new acme.Client({ directoryUrl: issuing.directory, accountKey, ...(await binding(issuing)) })
    await register(client, issuing)
    const placed = await place(client, issuing, order)
    await authorize(client, issuing, placed)
    await waitFor(client, issuing, placed, "ready")
    const key = await generateKey(order.keyType)
    const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString()
    const [, csr] = await acme.crypto.createCsr({ altNames: order.names }, keyPem)
    await client.finalizeOrder(placed, csr)
    const valid = await waitFor(client, issuing, placed, "valid")
    return { keyPem, keyType: order.keyType, chains: await downloadChains(client, issuing, valid) }
}

async function binding({ externalAccount }: Issuing) {
    if (!externalAccount) return {}
    const { keyId: kid, hmacKey } = await externalAccount()
    return { externalAccountBinding: { kid, hmacKey } }
}

/** Registers the account, or finds it; its e-mail address becomes this one. */
async function register(client: Client, { host, email }: Issuing): Promise<void> {
    try {
        if (email === undefined) await registerWithoutAddress(client)
        else await client.createAccount({ termsOfServiceAgreed: true, contact: [`mailto:${email}`] })
    } catch (cause) {
        // any refusal here, such as "unauthorized" of a wrong HMAC key, concerns the account
        if (!(cause instanceof CaError) || cause.code !== "ACME_ORDER_INVALID") throw cause
        throw new SourceError("ACME_ACCOUNT_REFUSED", cause.message, { cause })
    }
    if (client.getAccountUrl() === "") throw new Error(`${host} has given no account URL`)
}

/** acme-client sends an update to an account that exists, and pebble refuses one that changes nothing. */
async function registerWithoutAddress(client: Client): Promise<void> {
    try {
        await client.createAccount({ onlyReturnExisting: true })
    } catch (cause) {
        if (!(cause instanceof CaError) || cause.type !== "accountDoesNotExist") throw cause
        await client.createAccount({ termsOfServiceAgreed: true })
    }
}

/** Places the order; without `replaces` if the CA does not take it, as RFC 9773, 5, advises. */
async function place(client: Client, issuing: Issuing, order: Order): Promise<CaOrder> {
    const identifiers = order.names.map(name => ({ type: isIpAddress(name) ? "ip" : "dns", value: name }))
    const request = { identifiers, ...(order.profile !== undefined && { profile: order.profile }) }
    const replaces = order.replaces && certificateId(order.replaces)
    if (replaces === undefined) return client.createOrder(request)
    try {
        const replacing = { ...request, replaces }
        return await client.createOrder(replacing)
    } catch (cause) {
        if (!(cause instanceof CaError) || !isAboutReplaces(cause)) throw cause
        issuing.warn?.(`the CA does not take the new order as a replacement: ${cause.message}`)
        return client.createOrder(request)
    }
}

/** 409 is alreadyReplaced; 403, 404 and other refusals may be about it too, and the second order shows it. */
function isAboutReplaces({ status, code }: CaError): boolean {
    return status < 500 && code !== "ACME_RATE_LIMITED" && code !== "ACME_PROFILE_UNKNOWN"
}

/** The order once it has this status, or is valid. @throws SourceError ACME_ORDER_INVALID */
function waitFor(client: Client, issuing: Issuing, placed: CaOrder, status: "ready" | "valid"): Promise<CaOrder> {
    const { host, pollLimitMs: limitMs, exchange, signal } = issuing
    const polling = { exchange, signal, what: `${host}: the order`, ...(limitMs !== undefined && { limitMs }) }
    return poll(polling, async () => {
        const order = await client.getOrder(placed)
        if (order.status === status || order.status === "valid") return order
        if (order.status !== "invalid") return undefined
        const why = problemText(problemIn(order))
        throw new SourceError("ACME_ORDER_INVALID", `${host}: ${order.identifiers.map(one => one.value)}: ${why}`)
    })
}
