/** A run: one fault a round, while devices post; after each the service must acknowledge again, and lose nothing. */

import { withResources } from "../../devs/resources.ts"
import { Random } from "../../devs/sim/random.ts"
import { type Audit, audit, faultOf } from "./audit.ts"
import { type Cluster, type ClusterOptions, startCluster } from "./cluster/cluster.ts"
import { withSql } from "./cluster/sql.ts"
import { sleep, until } from "./cluster/waiting.ts"
import { Fleet, registerDevices } from "./devices/fleet.ts"
import type { Post } from "./devices/light-device.ts"
import { VirtualDevice, type VirtualDeviceCounts, virtualDeviceFault } from "./devices/virtual-device.ts"
import type { Counts } from "./faults/fault.ts"
import { drawFaults, type FaultName, faultKind, faultNames } from "./faults/kinds.ts"

/** After a failure the first post must be acknowledged within this time. */
const RECOVERY_MS = 90_000
const MAX_PAUSE_MS = 1_500
/** Undisturbed time at the end of a round. */
const QUIET_MS = 1_000
const STANDBY_MS = 20_000

export interface RunOptions extends ClusterOptions {
    rounds: number
    seed: number
    devices: number
    /** one more, with the real firmware in the simulator */
    withVirtualDevice?: boolean
    /** rounds from one audit to the next; there is one at the end too */
    auditEvery: number
    faults?: FaultName[] | undefined
    onStart?(cluster: Cluster): void
    onRound(round: Round): void
    onAudit?(result: Audit): void
    isStopped?(): boolean
}

export interface Round {
    /** from 1 */
    number: number
    fault: FaultName
    notes: string[]
    /** from the failure to the end of the first acknowledged post that began after it */
    firstAckMs: number
    /** longest time without an acknowledged post from the failure to the end of the round */
    longestGapMs: number
    /** from the failure until all three nodes follow again */
    wholeMs: number
    acknowledgedPosts: number
    /** failed posts by reason */
    failures: Record<string, number>
}

export interface Run {
    rounds: Round[]
    counts: Counts
    /** of the primary and of each standby, at the end */
    audits: { node: string; result: Audit }[]
    virtualDevice?: VirtualDeviceCounts & { stored: number }
    posts: { acknowledged: number; failed: number }
    /** everything that must not be, in words */
    violations: string[]
}

export function runRounds(options: RunOptions): Promise<Run> {
    return withResources(async resources => {
        const cluster = await startCluster(options, resources)
        options.onStart?.(cluster)
        await withSql(cluster.superuserAddress, ({ query }) =>
            query("CREATE TABLE stale_writes (at timestamptz DEFAULT now())"),
        )
        const light = Array.from({ length: options.devices }, (_, at) => `light-${at + 1}`)
        const [virtual, ...registered] = await registerDevices(cluster, ["virtual-1", ...light])
        const fleet = new Fleet(cluster, registered)
        resources.add(() => fleet.close())
        if (virtual === undefined || !options.withVirtualDevice) return new Rounds(options, cluster, fleet).all()
        const device = await VirtualDevice.start(cluster, virtual)
        resources.add(() => device.close())
        return new Rounds(options, cluster, fleet, device).all()
    })
}

class Rounds {
    readonly #options: RunOptions
    readonly #cluster: Cluster
    readonly #fleet: Fleet
    readonly #random: Random
    readonly #virtualDevice: VirtualDevice | undefined
    readonly #run: Run = {
        rounds: [],
        counts: { cancelledWaits: 0, staleWrites: 0, staleWritesConfirmed: 0 },
        audits: [],
        posts: { acknowledged: 0, failed: 0 },
        violations: [],
    }

    constructor(options: RunOptions, cluster: Cluster, fleet: Fleet, virtualDevice?: VirtualDevice) {
        this.#options = options
        this.#cluster = cluster
        this.#fleet = fleet
        this.#virtualDevice = virtualDevice
        this.#random = new Random(options.seed)
    }

    async all(): Promise<Run> {
        const { counts, violations } = this.#run
        try {
            await this.#fleet.acknowledgedAfter(0, RECOVERY_MS)
            await this.#virtualDevice?.posts(this.#cluster)
            await this.#allRounds()
            await this.#auditAll()
        } catch (error) {
            violations.push(`round ${this.#run.rounds.length + 1}: ${textOf(error)}`)
            this.#judge("after that", await audit(this.#cluster.airpinAddress, this.#fleet.devices))
        }
        if (counts.staleWritesConfirmed > 0)
            violations.push(`a former primary confirmed ${counts.staleWritesConfirmed} writes`)
        return this.#run
    }

    async #allRounds(): Promise<void> {
        const { rounds, faults = faultNames, auditEvery, isStopped, onRound, onAudit } = this.#options
        for (const [at, fault] of drawFaults(rounds, this.#random, faults).entries()) {
            if (isStopped?.()) return
            const round = await this.#round(at + 1, fault)
            this.#run.rounds.push(round)
            onRound(round)
            if ((at + 1) % auditEvery !== 0) continue
            const result = await audit(this.#cluster.airpinAddress, this.#fleet.devices)
            onAudit?.(result)
            this.#judge(`after round ${at + 1}`, result)
        }
    }

    #judge(when: string, result: Audit): void {
        const fault = faultOf(result)
        if (fault) this.#run.violations.push(`${when}: ${fault}`)
    }

    async #round(number: number, fault: FaultName): Promise<Round> {
        const roles = await this.#cluster.whole()
        await sleep(this.#random.between(0, MAX_PAUSE_MS))
        this.#fleet.takePosts()
        const notes: string[] = []
        let strikeMs = performance.now()
        await faultKind(fault).inject({
            cluster: this.#cluster,
            roles,
            random: this.#random,
            strike: () => (strikeMs = performance.now()),
            note: text => notes.push(text),
            count: (what, by) => (this.#run.counts[what] += by),
        })
        const first = await this.#fleet.acknowledgedAfter(strikeMs, RECOVERY_MS)
        await this.#cluster.whole()
        const wholeMs = performance.now() - strikeMs
        await this.#fleet.acknowledgedAfter(strikeMs + wholeMs, RECOVERY_MS)
        await sleep(QUIET_MS)
        const posts = this.#fleet.takePosts()
        const failures = failuresOf(posts)
        const acknowledgedPosts = posts.filter(({ acknowledged }) => acknowledged > 0).length
        this.#run.posts.acknowledged += acknowledgedPosts
        this.#run.posts.failed += posts.length - acknowledgedPosts
        const wrong = Object.keys(failures).filter(failure => failure.startsWith("WRONG_ACK"))
        if (wrong.length > 0) this.#run.violations.push(`round ${number}: ${wrong.join(", ")}`)
        return {
            number,
            fault,
            notes,
            firstAckMs: first.endedMs - strikeMs,
            longestGapMs: longestGap(posts, strikeMs),
            wholeMs,
            acknowledgedPosts,
            failures,
        }
    }

    /** On every node, once all readings are acknowledged and the standbys have replayed all of it. */
    async #auditAll(): Promise<void> {
        await this.#fleet.drain()
        await this.#auditVirtualDevice()
        await this.#cluster.whole()
        const lsn = await this.#lsn()
        for (const node of this.#cluster.nodes) {
            const address = this.#cluster.directAddress(node, "airpin")
            await until(`${node.name} has replayed ${lsn}`, STANDBY_MS, () =>
                withSql(address, async ({ query }) => {
                    const reached = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() >= $1 ELSE true END"
                    const [row] = await query<{ done: boolean }>(`SELECT ${reached} AS done`, [lsn])
                    return row?.done || undefined
                }),
            )
            const result = await audit(address, this.#fleet.devices)
            this.#run.audits.push({ node: node.name, result })
            this.#judge(`at the end on ${node.name}`, result)
            if (result.stored !== result.acknowledged)
                this.#run.violations.push(`${node.name} has ${result.stored} readings of ${result.acknowledged}`)
        }
    }

    async #auditVirtualDevice(): Promise<void> {
        if (!this.#virtualDevice) return
        const counts = await this.#virtualDevice.stop()
        const { stored, fault } = await virtualDeviceFault(this.#cluster, this.#virtualDevice.id, counts)
        this.#run.virtualDevice = { ...counts, stored }
        if (fault) this.#run.violations.push(fault)
    }

    #lsn(): Promise<string> {
        return withSql(this.#cluster.airpinAddress, async ({ query }) => {
            const [row] = await query<{ lsn: string }>("SELECT pg_current_wal_lsn()::text AS lsn")
            return row?.lsn ?? ""
        })
    }
}

function failuresOf(posts: Post[]): Record<string, number> {
    const failures: Record<string, number> = {}
    for (const { failure } of posts) if (failure) failures[failure] = (failures[failure] ?? 0) + 1
    return failures
}

function longestGap(posts: Post[], sinceMs: number): number {
    const ends = posts.filter(({ acknowledged, endedMs }) => acknowledged > 0 && endedMs > sinceMs).map(p => p.endedMs)
    const times = [sinceMs, ...ends.sort((a, b) => a - b)]
    return Math.max(0, ...times.slice(1).map((time, at) => time - (times[at] ?? time)))
}

function textOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error)
    return error.cause === undefined ? error.message : `${error.message}: ${textOf(error.cause)}`
}
