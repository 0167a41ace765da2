/** One process at a time prunes a database that several share. */
import { LEASE_MS, type Lease } from "../lease.ts"

export const LEASE_NAME = "pruning"

const RENEW_AFTER_MS = LEASE_MS / 3

/** @returns says, as often as it is asked, whether this process still prunes; renews the lease only as often as needed */
export function whileHeld(lease: Lease): () => Promise<boolean> {
    let renewedMs = performance.now()
    return async () => {
        if (lease.isHeld && performance.now() - renewedMs < RENEW_AFTER_MS) return true
        renewedMs = performance.now()
        return lease.hold()
    }
}
