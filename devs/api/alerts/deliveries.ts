/** Sends what is due on one channel, and tries again with longer and longer pauses. */
import { asAirpinError } from "../../../certs/error.ts"
import type { Database } from "../store/database.ts"
import { claim, type Delivery, dueDeliveries, saveDelivered, saveFailed } from "./alert-store.ts"
import type { Channel } from "./channels/channel.ts"

/** Pause after the first failure, s; it doubles with each, up to the longest. */
const FIRST_PAUSE_S = 30
export const MAX_PAUSE_S = 3600

/** With the pauses above, the last attempt is about a day after the first. */
const MAX_ATTEMPTS = 30

/** Seconds from one failed attempt to the next. @param attempts made so far, from 1 */
export function pauseS(attempts: number): number {
    return Math.min(MAX_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempts - 1))
}

export interface DeliveryOptions {
    db: Database
    channel: Channel
    /** Unix seconds */
    nowS(): number
    /** false: another process may send now */
    maySend(): boolean
    /** told of every failure; the text has no secret */
    onFailure(channel: Channel, text: string, isLast: boolean): void
}

/**
 * One after the other, so that they arrive in order. A receiver that fails is left alone until its next attempt.
 *
 * @returns number of messages sent
 */
export async function sendDue(options: DeliveryOptions): Promise<number> {
    const { db, channel, nowS, maySend } = options
    let sent = 0
    for (const delivery of await dueDeliveries(db.sql, channel.name, nowS(), MAX_PAUSE_S)) {
        if (!maySend()) break
        const nextAttemptAt = nowS() + pauseS(delivery.attempts + 1)
        if (!(await claim(db, delivery, nextAttemptAt))) continue
        if (!(await attempt(delivery, options))) break
        sent++
    }
    return sent
}

/** @returns false if it failed */
async function attempt(delivery: Delivery, options: DeliveryOptions): Promise<boolean> {
    const { db, channel, nowS, onFailure } = options
    try {
        await channel.send(delivery.message)
    } catch (error) {
        const { message } = asAirpinError(error)
        const isLast = delivery.attempts + 1 >= MAX_ATTEMPTS
        await saveFailed(db, delivery, message, isLast, nowS())
        onFailure(channel, message, isLast)
        return false
    }
    await saveDelivered(db, delivery, nowS())
    return true
}
