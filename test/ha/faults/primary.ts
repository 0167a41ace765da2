/** Faults of the primary. */

import { TTL_S } from "../cluster/patroni-configuration.ts"
import { sleep } from "../cluster/waiting.ts"
import type { FaultContext, FaultKind } from "./fault.ts"
import { StaleWriter } from "./stale-writer.ts"

/** Until another node is primary: the leader's key ends, another takes it, and PostgreSQL is promoted. */
const REPLACED_S = [TTL_S + 3, TTL_S + 7] as const

const replacedMs = ({ random }: FaultContext) => random.between(...REPLACED_S) * 1000

export const primaryFaults = {
    "kill-postgres": {
        summary: "kill -9 of the primary's PostgreSQL; Patroni starts it again or hands over",
        inject: async ({ roles: { primary }, strike, note }) => {
            note(primary.name)
            strike()
            primary.killPostgres()
        },
    },
    "kill-node": {
        summary: "kill -9 of Patroni and PostgreSQL of the primary, until another node has its place",
        inject: async context => {
            const { primary } = context.roles
            context.note(primary.name)
            context.strike()
            await primary.kill()
            await context.cluster.replaced(primary)
            primary.start()
        },
    },
    "stop-node": {
        summary: "SIGSTOP of Patroni and PostgreSQL of the primary for longer than ttl, then SIGCONT",
        inject: context => stopPrimary(context, "all"),
    },
    "stop-postgres": {
        summary: "SIGSTOP of the primary's PostgreSQL for longer than ttl, then SIGCONT",
        inject: context => stopPrimary(context, "postgres"),
    },
    "cut-node": {
        summary: "network cut of the primary for longer than ttl: clients, replication, etcd and health checks",
        inject: async context => {
            const { primary } = context.roles
            context.note(primary.name)
            context.strike()
            for (const link of primary.allLinks) link.cut()
            try {
                await StaleWriter.use(context, primary, writer => writer.tryFor(replacedMs(context)))
            } finally {
                for (const link of primary.allLinks) link.heal()
            }
        },
    },
    "cut-etcd": {
        summary: "network cut between the primary and etcd for longer than ttl; clients and standbys still reach it",
        inject: async context => {
            const { primary } = context.roles
            context.note(primary.name)
            context.strike()
            for (const link of primary.links.etcd) link.cut()
            await sleep(replacedMs(context))
            for (const link of primary.links.etcd) link.heal()
        },
    },
} satisfies Record<string, FaultKind>

/** Once it runs again it is no longer the primary, and must not take a write. */
async function stopPrimary(context: FaultContext, what: "postgres" | "all"): Promise<void> {
    const { primary } = context.roles
    context.note(primary.name)
    // Its connection is older than the fault, as those of clients are.
    await StaleWriter.use(context, primary, async writer => {
        context.strike()
        primary.stop(what)
        await sleep(replacedMs(context))
        primary.continue()
        await writer.tryFor(AFTERWARDS_MS)
    })
}

/** Patroni stops the former primary's PostgreSQL within `loop_wait`. */
const AFTERWARDS_MS = 4_000
