/** Faults of standbys, and of what is around PostgreSQL. */
import { sleep } from "../cluster/waiting.ts"
import type { FaultContext, FaultKind } from "./fault.ts"

export const standbyFaults = {
    "kill-standby": {
        summary: "kill -9 of Patroni and PostgreSQL of the synchronous standby for a few seconds",
        inject: async ({ roles: { synchronous }, random, strike, note }) => {
            note(synchronous.name)
            strike()
            await synchronous.kill()
            await sleep(random.between(2_000, 8_000))
            synchronous.start()
        },
    },
    "stop-standby": {
        summary: "SIGSTOP of the synchronous standby for a few seconds, then SIGCONT",
        inject: async ({ roles: { synchronous }, random, strike, note }) => {
            note(synchronous.name)
            strike()
            synchronous.stop("all")
            await sleep(random.between(3_000, 14_000))
            synchronous.continue()
        },
    },
    "kill-standbys": {
        summary: "kill -9 of PostgreSQL of both standbys: nothing may be acknowledged until one is back",
        inject: async ({ roles: { synchronous, asynchronous }, strike }) => {
            strike()
            synchronous.killPostgres()
            asynchronous.killPostgres()
        },
    },
} satisfies Record<string, FaultKind>

export const otherFaults = {
    switchover: {
        summary: "planned switchover to the synchronous standby",
        inject: async ({ roles: { primary, synchronous }, strike, note }) => {
            note(`${primary.name} to ${synchronous.name}`)
            strike()
            await primary.switchOver(synchronous.name)
        },
    },
    "kill-api": {
        summary: "kill -9 of an API process, started again after a few seconds",
        inject: async context => {
            const api = oneOf(context, context.cluster.apis)
            context.note(api.name)
            context.strike()
            await api.kill()
            await sleep(context.random.between(1_000, 4_000))
            api.start()
            await api.ready()
        },
    },
    "stop-api": {
        summary: "SIGSTOP of an API process for a few seconds, then SIGCONT",
        inject: async context => {
            const api = oneOf(context, context.cluster.apis)
            context.note(api.name)
            context.strike()
            api.signal("SIGSTOP")
            await sleep(context.random.between(3_000, 8_000))
            api.signal("SIGCONT")
        },
    },
    "kill-haproxy": {
        summary: "kill -9 of HAProxy, started again within 2 s",
        inject: async ({ cluster: { haproxy }, random, strike }) => {
            strike()
            await haproxy.kill()
            await sleep(random.between(0, 2_000))
            haproxy.start()
        },
    },
    "kill-etcd-leader": {
        summary: "kill -9 of etcd's leader, started again after a few seconds",
        inject: async ({ cluster: { etcd }, random, strike, note }) => {
            const leader = await etcd.leader()
            note(leader.name)
            strike()
            await leader.kill()
            await sleep(random.between(3_000, 8_000))
            leader.start()
        },
    },
} satisfies Record<string, FaultKind>

function oneOf<Item>({ random }: FaultContext, items: Item[]): Item {
    const item = items[Math.floor(random.next() * items.length)]
    if (item === undefined) throw new Error("there is nothing to choose from")
    return item
}
