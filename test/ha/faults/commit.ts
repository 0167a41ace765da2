/**
 * Faults of a commit that waits for its standby. PostgreSQL commits on the primary alone when the wait is cancelled, and
 * tells the client so in a warning; after a failover that commit is gone.
 */
import { REPLICATION_TIMEOUT_S } from "../cluster/patroni-configuration.ts"
import { withSql } from "../cluster/sql.ts"
import { sleep } from "../cluster/waiting.ts"
import type { FaultContext, FaultKind } from "./fault.ts"

/** Shorter than the time after which the primary would give up its standbys. */
const HOLD_S = [2, REPLICATION_TIMEOUT_S - 3] as const
const PAUSE_MS = 150

type EndWait = "pg_cancel_backend" | "pg_terminate_backend"

export const commitFaults = {
    "cancel-wait": {
        summary: "the primary's standbys are cut off for a few seconds, and pg_cancel_backend ends every commit's wait",
        inject: context => whileHeld(context, "pg_cancel_backend"),
    },
    "terminate-wait": {
        summary: "the same with pg_terminate_backend",
        inject: context => whileHeld(context, "pg_terminate_backend"),
    },
    "cancel-wait-lose-primary": {
        summary:
            "the same with pg_cancel_backend, and then kill -9 of the primary before the standbys hear from it again",
        inject: async context => {
            const { primary } = context.roles
            const { replication } = primary.links
            await whileHeld(context, "pg_cancel_backend", async () => {
                await primary.kill()
                replication.drop()
            })
            await context.cluster.replaced(primary)
            primary.start()
        },
    },
} satisfies Record<string, FaultKind>

/** Cuts the standbys off and ends the waits of commits; `last` is done before they reach the primary again. */
async function whileHeld(context: FaultContext, end: EndWait, last = async () => {}): Promise<void> {
    const { primary } = context.roles
    const { replication } = primary.links
    context.note(primary.name)
    context.strike()
    replication.cut()
    try {
        const ended = await endWaits(context, end, context.random.between(...HOLD_S) * 1000)
        context.note(`${ended} waits ended`)
        await last()
    } finally {
        replication.heal()
    }
}

/** @returns number of waits that were ended */
function endWaits({ cluster, roles, count }: FaultContext, end: EndWait, ms: number): Promise<number> {
    return withSql(cluster.directAddress(roles.primary, "postgres"), async ({ query }) => {
        const endMs = performance.now() + ms
        let ended = 0
        while (performance.now() < endMs) {
            await sleep(PAUSE_MS)
            const waits = await query(
                `SELECT ${end}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = 'airpin'`,
            )
            ended += waits.length
        }
        count("cancelledWaits", ended)
        return ended
    })
}
