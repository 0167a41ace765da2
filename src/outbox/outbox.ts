/**
 * Every reading that the server does not have yet, and what became of those it
 * will never have.
 *
 * The readings of this boot are in RAM, those of a long outage in flash too
 * (`journal.ts`). The oldest go first: what former boots left, then what RAM no
 * longer holds, then RAM.
 *
 * A former boot has the time of day when the server was heard in it. One that
 * was cut off first has none of its own; it lies between the last reading of
 * the boot before and the start of the next that has a time. The rest of that
 * span is shared evenly among the cuts, and `timeUncertaintyS` says by how much the
 * readings may be off. Without a boot before, its readings are given up as
 * `undated`.
 *
 * What a cut takes from RAM, nobody can count. But the intervals without a
 * reading between the last one in flash and the first one of the next boot can
 * be, on the grid of whole intervals since 1970: `gap`, taken and lost or
 * without power.
 */
import * as ds from "@devicescript/core"
import { Boot, bootId, OwnBoot } from "../boot/boot"
import { ServerClock } from "../boot/server-clock"
import { blockOffsetS } from "../boot/uptime-chain"
import { log } from "../log"
import { MAX_BATCH } from "../wire"
import { BlockHead, MAX_BLOCK_READINGS } from "./block"
import { BootTime, bootTimeOf } from "./boot-times"
import { Journal } from "./journal"
import { Ring } from "./ring"

/** How long nothing is acknowledged before flash is written, and from one write to the next. */
const JOURNAL_EVERY_MS = 10 * 60 * 1000
const MAX_U16 = 65535
/** Blocks that a full RAM takes, when each reading is as long as can be. */
const MAX_SAVES = 48

/** Consecutive readings of one boot, to be sent next. */
export interface PendingBatch {
    bootId: string
    /** the oldest is the first to go */
    ring: Ring
    /** Unix seconds at uptime 0 of that boot; undefined: no time yet */
    offsetS: number
    /** seconds by which that boot began before this one; undefined when neither this nor the time is known */
    leadS: number
    /** seconds by which the times may be off */
    timeUncertaintyS: number
    /** intervals without a reading before that boot's first */
    gap: number
    /** readings that this boot dropped: all, and of those by reason */
    lost: number
    rejected: number
    undated: number
    damaged: number
}

export class Outbox {
    /** readings of this boot in RAM */
    private readonly ring: Ring
    private readonly journal = new Journal()
    /** what goes next, once `prepare` has found it */
    readonly pending: PendingBatch
    /** readings of a block from flash, while there are any to send */
    private backlog: Ring
    private backlogBoot: Boot
    /** count of the boot whose readings go next */
    private pendingBoot = 0
    /** sequence number that follows the newest block read of that boot */
    private backlogSeq = 0
    /** end of the newest reading sent of the boot before, Unix seconds */
    private previousEndS: number
    /** of the boot that is sent now, of those before this one */
    private previous: BootTime
    /** uptime at which this boot's first reading ended */
    private firstEndS: number
    private gap: number
    private fullInFlash = 0
    private rejected = 0
    private undated = 0
    private damaged = 0
    /** uptime of the first try since the last acknowledgement */
    private unacknowledgedSinceMs: number
    private writtenAtMs = -JOURNAL_EVERY_MS

    /** @param ramReadings as many as RAM holds */
    constructor(
        private readonly boot: OwnBoot,
        private readonly intervalS: number,
        ramReadings: number,
        private readonly clock: ServerClock,
    ) {
        this.ring = new Ring(intervalS, ramReadings)
        this.backlogBoot = boot
        this.pending = {
            bootId: bootId(boot),
            ring: this.ring,
            offsetS: undefined,
            leadS: 0,
            timeUncertaintyS: 0,
            gap: 0,
            lost: 0,
            rejected: 0,
            undated: 0,
            damaged: 0,
        }
    }

    /** Finds what former boots left in flash. */
    async open(): Promise<void> {
        await this.journal.open()
    }

    /** Adds a reading, as `Ring.push` does. */
    push(endS: number, values: number[]): number {
        if (this.firstEndS === undefined) this.firstEndS = endS
        const { ring, journal } = this
        if (ring.isFull() && journal.lastSeq >= ring.firstSeq) ring.acknowledge(ring.firstSeq)
        const lost = ring.lost
        const seq = ring.push(endS, values)
        if (ring.lost > lost) this.logLoss("full")
        return seq
    }

    /** How many readings in RAM wait for the server. */
    inRam(): number {
        return this.ring.count
    }

    /** Uptime at which the oldest reading in RAM ended; there must be one. */
    oldestEndS(): number {
        return this.ring.endS(0)
    }

    /** True when flash has readings that are not in RAM. */
    hasBacklog(): boolean {
        const slot = this.journal.next()
        return slot >= 0 && !(this.isOwn(slot) && this.journal.waitingSeq(slot) >= this.ring.firstSeq)
    }

    /** How many readings wait in flash and are not in RAM. */
    inFlashOnly(): number {
        return this.journal.waiting(this.boot.count, this.ring.firstSeq)
    }

    /** True when what `prepare` gave is from flash. */
    sendsFromFlash(): boolean {
        return this.backlog !== undefined
    }

    isEmpty(): boolean {
        return this.ring.count === 0 && this.journal.next() < 0
    }

    /** Writes to flash what is in RAM only: before a restart. */
    async save(): Promise<void> {
        for (
            let writes = 0;
            writes < MAX_SAVES && this.ring.count > 0 && this.journal.lastSeq < this.ring.newestSeq();
            writes++
        )
            await this.writeJournal()
        await this.writeCheckpoint()
    }

    private isOwn(slot: number): boolean {
        return this.journal.bootCount(slot) === this.boot.count
    }

    /** To be told before each try to reach the server. */
    noteAttempt() {
        if (this.unacknowledgedSinceMs === undefined) this.unacknowledgedSinceMs = ds.millis()
    }

    /** Finds what goes next, for `pending`; its ring may be empty. */
    async prepare(): Promise<void> {
        while (!(this.backlog && this.backlog.count > 0) && this.hasBacklog()) await this.load(this.journal.next())
        const fromFlash = this.backlog && this.backlog.count > 0
        if (!fromFlash) this.backlog = undefined
        if (!fromFlash && this.previous) this.previous = undefined
        this.pending.ring = fromFlash ? this.backlog : this.ring
        this.pendingBoot = fromFlash ? this.backlogBoot.count : this.boot.count
        if (this.pendingBoot === this.boot.count) this.describeOwn()
    }

    private describeOwn() {
        const { pending, clock, ring } = this
        pending.bootId = bootId(this.boot)
        pending.offsetS = clock.offsetS
        pending.leadS = pending.timeUncertaintyS = 0
        if (this.gap === undefined && clock.offsetS !== undefined && ring.count > 0)
            this.gap = this.gapBefore(clock.offsetS + this.firstEndS)
        pending.gap = this.gap ?? 0
        pending.rejected = this.rejected
        pending.undated = this.undated
        pending.damaged = this.damaged
        pending.lost = this.lost()
    }

    /** Whole intervals between the newest reading of the boot before and one that ends then, Unix seconds. */
    private gapBefore(endS: number): number {
        if (this.previousEndS === undefined) return 0
        return Math.max(0, Math.ceil(endS / this.intervalS) - Math.ceil(this.previousEndS / this.intervalS) - 1)
    }

    /** Fills the backlog with a block; it stays empty when the block comes to nothing. */
    private async load(slot: number): Promise<void> {
        const { journal } = this
        const backlog = this.backlog ?? new Ring(this.intervalS, MAX_BATCH)
        this.backlog = backlog
        const isNew = journal.bootCount(slot) !== this.backlogBoot.count
        if (isNew && !this.isOwn(slot)) await this.dateBoot(slot)
        const waiting = journal.count(slot)
        const head = await journal.load(slot, backlog)
        if (!head) {
            backlog.count = 0
            this.damaged += waiting
            return this.logLoss("damaged")
        }
        if (this.isOwn(slot)) backlog.truncate(this.ring.firstSeq)
        else this.describeFormer(head, backlog, isNew)
        this.backlogBoot = head.boot
    }

    private async dateBoot(slot: number): Promise<void> {
        const bootTime = await bootTimeOf(
            this.journal,
            slot,
            this.boot.count,
            this.previous,
            this.previousEndS,
            this.clock.offsetS,
        )
        this.previous = bootTime
        const { pending } = this
        pending.offsetS = bootTime.offsetS
        pending.leadS = bootTime.leadS
        pending.timeUncertaintyS = bootTime.timeUncertaintyS
        pending.gap = bootTime.offsetS === undefined ? 0 : this.gapBefore(bootTime.offsetS + bootTime.firstEndS)
        log(
            `former boot=${this.journal.bootCount(slot)} time=${bootTime.offsetS ?? "unknown"} timeUncertaintyS=${bootTime.timeUncertaintyS}`,
        )
    }

    private describeFormer(head: BlockHead, backlog: Ring, isNew: boolean) {
        const { pending } = this
        if (!isNew) this.countHole(head.firstSeq - this.backlogSeq - (head.full - pending.lost))
        pending.bootId = bootId(head.boot)
        pending.lost = head.full
        pending.rejected = pending.undated = pending.damaged = 0
        this.backlogSeq = head.firstSeq + head.count
        if (pending.offsetS !== undefined) this.previousEndS = pending.offsetS + backlog.endS(backlog.count - 1)
        else if (pending.leadS === undefined) this.giveUpUndated(head, backlog)
    }

    /** What lies between two good blocks was in a damaged one, or was delivered, and a cut took the mark that says so. */
    private countHole(count: number) {
        const held = Math.min(count, MAX_BLOCK_READINGS * (this.journal.damaged ?? 0))
        if (held <= 0) return
        this.journal.damaged -= Math.ceil(held / MAX_BLOCK_READINGS)
        this.damaged += held
        this.logLoss("damaged")
    }

    private giveUpUndated(head: BlockHead, backlog: Ring) {
        this.undated += head.count
        this.journal.release(head.boot.count, this.backlogSeq - 1)
        backlog.count = 0
        this.logLoss("undated")
    }

    /** What `prepare` gave is on its way: memory is short while the answer comes. */
    releaseBacklog() {
        this.backlog = this.pending.ring = undefined
    }

    /** The server has every reading of what `prepare` gave, up to `seq`. */
    acknowledge(seq: number) {
        if (this.pendingBoot === this.boot.count) this.ring.acknowledge(seq)
        this.journal.release(this.pendingBoot, seq)
        this.unacknowledgedSinceMs = undefined
    }

    /** The server does not take this reading, the oldest of what `prepare` gave. */
    reject(seq: number) {
        this.acknowledge(seq)
        this.rejected++
        this.logLoss("rejected", seq)
    }

    /** To be called when nothing is due: after an outage, flash is told that all is delivered. */
    async writeCheckpoint(): Promise<void> {
        await this.journal.writeCheckpoint()
    }

    /** Readings that the server will never have, as far as this boot knows. */
    private lost(): number {
        return this.full() + this.rejected + this.undated + this.damaged
    }

    private full(): number {
        return this.ring.lost + this.fullInFlash
    }

    private logLoss(reason: string, seq?: number) {
        log(`lost total=${this.lost()} reason=${reason}${seq === undefined ? "" : " seq=" + seq}`)
    }

    /**
     * To be called often while the server takes nothing, and not during an
     * exchange: writes flash when that is due.
     */
    async tick(): Promise<void> {
        const sinceMs = ds.millis() - JOURNAL_EVERY_MS
        if (
            this.unacknowledgedSinceMs === undefined ||
            this.unacknowledgedSinceMs > sinceMs ||
            this.writtenAtMs > sinceMs
        )
            return
        await this.writeJournal()
    }

    private async writeJournal(): Promise<void> {
        this.writtenAtMs = ds.millis()
        const { boot, intervalS, clock } = this
        const head = {
            boot,
            stepS: intervalS,
            offsetS: blockOffsetS(clock.offsetS),
            full: Math.min(MAX_U16, this.full() + this.rejected),
        }
        const dropped = await this.journal.write(head, this.ring)
        if (dropped === 0) return
        this.fullInFlash += dropped
        this.logLoss("full")
    }
}
