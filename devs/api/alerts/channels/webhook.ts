/**
 * Webhook, signed as Standard Webhooks 1.0 describes (github.com/standard-webhooks/standard-webhooks): `webhook-id`
 * stays the same in every attempt, and `webhook-signature` is HMAC-SHA256 over `id.timestamp.body`.
 */
import { createHmac } from "node:crypto"
import { type AlertMessage, jsonOf } from "../message.ts"
import type { WebhookSettings } from "../settings.ts"
import type { Channel } from "./channel.ts"
import { post } from "./post.ts"

/** @param now Unix time, ms: the receiver compares it with its own clock */
export function webhookChannel({ url, secret, ca }: WebhookSettings, now: () => number = Date.now): Channel {
    const send = (message: AlertMessage) => {
        const body = jsonOf(message)
        return post({ url, ca, body, headers: headersOf(message, body, secret, Math.floor(now() / 1000)) })
    }
    return { name: "webhook", place: url.origin, send }
}

function headersOf({ id, event }: AlertMessage, body: string, secret: Buffer, nowS: number): Record<string, string> {
    const webhookId = `${id}.${event}`
    const signature = createHmac("sha256", secret).update(`${webhookId}.${nowS}.${body}`).digest("base64")
    return {
        "content-type": "application/json",
        "webhook-id": webhookId,
        "webhook-timestamp": String(nowS),
        "webhook-signature": `v1,${signature}`,
    }
}
