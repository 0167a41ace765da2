import type { AlertSettings } from "../settings.ts"
import type { Channel } from "./channel.ts"
import { emailChannel } from "./email.ts"
import { ntfyChannel } from "./ntfy.ts"
import { webhookChannel } from "./webhook.ts"

/** The channels that are set. */
export function channelsOf({ webhook, ntfy, email }: AlertSettings): Channel[] {
    return [
        ...(webhook ? [webhookChannel(webhook)] : []),
        ...(ntfy ? [ntfyChannel(ntfy)] : []),
        ...(email ? [emailChannel(email)] : []),
    ]
}
