/**
 * Decides when the firmware restarts the chip.
 *
 * A connection attempt that neither succeeds nor fails within 5 minutes means
 * that the chip's only network worker hangs, for example in a TLS handshake that
 * the server does not continue. No other attempt is started until it ends; if it
 * does not, only a restart helps: after 3 times 5 minutes, after 6 times and then
 * 12 times if restarts did not help.
 *
 * The chip also restarts after 20 days, once everything is delivered, and after
 * 21 days in any case: fibers stop for ever at 49.7 days (2^32 ms).
 */
import { uptimeS } from "../fiber"
import { RestartReason } from "../wire"
import { OwnBoot } from "./boot"

const HUNG_ATTEMPTS = 3
const MAX_STALL_DOUBLINGS = 2
const DAY_S = 24 * 3600
const QUIET_RESTART_S = 20 * DAY_S
const LATEST_RESTART_S = 21 * DAY_S
/**
 * Pause after the end of an interval: its reading is in the outbox by then. A
 * whole second, because the next boot's clock counts whole seconds.
 */
const AFTER_INTERVAL_MS = 1000

/**
 * Why the chip should restart now; undefined if it should not.
 *
 * @param hungAttempts how often in a row 5 minutes passed without a result
 * @param isQuiet true if everything is delivered
 * @param wantsSettings true if settings wait for a restart to take effect
 */
export function dueRestart(
    boot: OwnBoot,
    hungAttempts: number,
    isQuiet: boolean,
    wantsSettings: boolean,
): RestartReason {
    if (hungAttempts >= HUNG_ATTEMPTS << Math.min(boot.stalls, MAX_STALL_DOUBLINGS)) return "stalled"
    if (isQuiet && wantsSettings) return "settings"
    return uptimeS() >= (isQuiet ? QUIET_RESTART_S : LATEST_RESTART_S) ? "uptime" : undefined
}

/** Uptime in ms shortly after the end of the current interval, when a restart loses least of the next one. */
export function restartMomentMs(intervalS: number): number {
    return (Math.floor(uptimeS() / intervalS) + 1) * intervalS * 1000 + AFTER_INTERVAL_MS
}
