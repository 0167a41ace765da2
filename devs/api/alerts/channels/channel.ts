import type { AlertMessage } from "../message.ts"

export const channelNames = ["webhook", "ntfy", "email"] as const
export type ChannelName = (typeof channelNames)[number]

/** A way on which alerts reach people or programs. */
export interface Channel {
    name: ChannelName
    /** where it sends to; of a URL only the host, for its path may be a secret */
    place: string
    /** @throws AirpinError ALERT_UNDELIVERED within `MAX_SEND_MS` */
    send(message: AlertMessage): Promise<void>
}

/** Longest time for one message, ms. */
export const MAX_SEND_MS = 20_000
