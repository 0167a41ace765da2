import type { Random } from "../../../devs/sim/random.ts"
import type { Cluster, Roles } from "../cluster/cluster.ts"

export interface FaultContext {
    cluster: Cluster
    /** before the fault */
    roles: Roles
    random: Random
    /** To be called right before the damage is done: recovery is measured from here. */
    strike(): void
    /** for the round's line: what was hit */
    note(text: string): void
    /** adds to the counts of the run */
    count(what: keyof Counts, by: number): void
}

export interface Counts {
    /** backends whose wait for the standby was cancelled or which were ended in it */
    cancelledWaits: number
    /** writes tried on a former primary while another node was primary or could become it; and those that it confirmed */
    staleWrites: number
    staleWritesConfirmed: number
}

export interface FaultKind {
    /** what it does, for the report */
    summary: string
    /** Does the damage, waits as long as it lasts, and undoes it: starts again what it killed, heals what it cut. */
    inject(context: FaultContext): Promise<void>
}
