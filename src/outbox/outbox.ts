/**
 * Every reading that the server does not have yet, and the number of those that
 * it will never have, by reason.
 *
 * Readings of this boot are in RAM, those of a long outage also in flash
 * (`journal.ts`). They are sent oldest first: those of previous boots, then those
 * of this boot that RAM no longer holds, then those in RAM.
 *
 * A previous boot that received the server's time has exact times. One that was
 * cut off before has none; its start is estimated (`boot-times.ts`), and
 * `timeUncertaintyS` is the maximum error. Without a boot before it, its readings
 * are dropped as `undated`.
 *
 * Readings that a power cut takes from RAM cannot be counted. The intervals
 * between the last reading in flash and the first of the next boot can be, on the
 * grid of whole intervals since 1970: `gap`, whether lost or without power.
 *
 * Protocol: `prepare`, then `commit` or `reject` for the batch it returned.
 * `tick` at any other time. `push` at any time.
 */
import * as ds from "@devicescript/core"
import { Boot, bootId, OwnBoot } from "../boot/boot"
import { ServerClock } from "../boot/server-clock"
import { blockOffsetS } from "../boot/uptime-chain"
import { log } from "../log"
import { LossReason, MAX_BATCH } from "../wire"
import { BlockHead, MAX_BLOCK_READINGS } from "./block"
import { BootTime, bootTimeOf } from "./boot-times"
import { Journal } from "./journal"
import { Ring } from "./ring"

/** Time without an acknowledgement before flash is written, and minimum time between two writes. */
const JOURNAL_INTERVAL_MS = 10 * 60 * 1000
const MAX_U16 = 65535
/** Blocks that a full RAM takes if every reading has its maximum size. */
const MAX_SAVES = 48

/** Fields that all readings of a batch share. */
export interface BatchHeader {
    bootId: string
    /** Unix seconds at uptime 0 of that boot; undefined while unknown */
    offsetS: number
    /** seconds from the start of that boot to the start of this one; undefined if neither this nor the time is known */
    leadS: number
    /** maximum error of the times, s */
    timeUncertaintyS: number
    /** intervals without a reading before that boot's first */
    gap: number
    /** readings that this boot dropped: total, and three of the reasons */
    lost: number
    rejected: number
    undated: number
    damaged: number
}

/** Consecutive readings of one boot that are sent next. */
export interface PendingBatch {
    readonly header: BatchHeader
    /** oldest reading first; may hold more readings than one batch, or none */
    readonly ring: Ring
    /** true if the readings are in flash only */
    readonly fromFlash: boolean
}

export class Outbox {
    /** readings of this boot in RAM */
    private readonly ring: Ring
    private readonly journal = new Journal()
    private readonly header: BatchHeader
    /** boot of the newest block loaded from flash */
    private backlogBoot: Boot
    /** sequence number after that block */
    private backlogSeq = 0
    /** boot count of the prepared batch */
    private pendingBoot = 0
    /** Unix seconds of the end of the newest reading sent of the boot before the prepared one */
    private previousEndS: number
    /** start time of the previous boot that is being sent */
    private previous: BootTime
    /** uptime at the end of this boot's first reading, s */
    private firstEndS: number
    private gap: number
    private fullInFlash = 0
    private rejected = 0
    private undated = 0
    private damaged = 0
    private writtenAtMs = -JOURNAL_INTERVAL_MS

    /** @param ramReadings capacity in RAM */
    constructor(
        private readonly boot: OwnBoot,
        private readonly intervalS: number,
        ramReadings: number,
        private readonly clock: ServerClock,
    ) {
        this.ring = new Ring(intervalS, ramReadings)
        this.backlogBoot = boot
        this.header = {
            bootId: bootId(boot),
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

    /** Finds what previous boots left in flash. To be called once, before `prepare`. */
    async open(): Promise<void> {
        await this.journal.open()
    }

    /** Adds a reading, like `Ring.push`. */
    push(endS: number, values: number[]): number {
        if (this.firstEndS === undefined) this.firstEndS = endS
        const { ring, journal } = this
        if (ring.isFull() && journal.lastSeq >= ring.firstSeq) ring.acknowledge(ring.firstSeq)
        const lost = ring.lost
        const seq = ring.push(endS, values)
        if (ring.lost > lost) this.logLoss("full")
        return seq
    }

    /** Number of undelivered readings in RAM. */
    inRam(): number {
        return this.ring.count
    }

    /** Uptime at the end of the oldest reading in RAM, s; there must be one. */
    oldestEndS(): number {
        return this.ring.endS(0)
    }

    /** True if flash has undelivered readings that are not in RAM. */
    hasBacklog(): boolean {
        const slot = this.journal.next()
        return slot >= 0 && !(this.isOwn(slot) && this.journal.waitingSeq(slot) >= this.ring.firstSeq)
    }

    /** Number of undelivered readings that are only in flash. */
    inFlashOnly(): number {
        return this.journal.waiting(this.boot.count, this.ring.firstSeq)
    }

    isEmpty(): boolean {
        return this.ring.count === 0 && this.journal.next() < 0
    }

    /**
     * The readings to send next; none if the outbox is empty. The outbox keeps no
     * reference to the batch: what was loaded from flash is freed with it.
     */
    async prepare(): Promise<PendingBatch> {
        const backlog = await this.loadBacklog()
        if (!backlog) this.previous = undefined
        this.pendingBoot = backlog ? this.backlogBoot.count : this.boot.count
        if (this.pendingBoot === this.boot.count) this.describeOwn()
        return { header: this.header, ring: backlog ?? this.ring, fromFlash: backlog !== undefined }
    }

    /** The server has every reading of the prepared batch up to `seq`. */
    commit(seq: number) {
        if (this.pendingBoot === this.boot.count) this.ring.acknowledge(seq)
        this.journal.release(this.pendingBoot, seq)
    }

    /** The server rejects the oldest reading of the prepared batch, which has this number: it is dropped. */
    reject(seq: number) {
        this.commit(seq)
        this.rejected++
        this.logLoss("rejected", seq)
    }

    /**
     * Writes flash if that is due: a block after 10 minutes without an
     * acknowledgement, and the checkpoint once everything in flash is delivered.
     * To be called often, but not between `prepare` and `commit`.
     *
     * @param tryingSinceMs uptime of the first attempt to deliver since the last acknowledgement; undefined if
     * there was none
     */
    async tick(tryingSinceMs: number): Promise<void> {
        const dueMs = ds.millis() - JOURNAL_INTERVAL_MS
        if (tryingSinceMs === undefined) await this.journal.writeCheckpoint()
        else if (tryingSinceMs <= dueMs && this.writtenAtMs <= dueMs) await this.writeJournal()
    }

    /** Writes everything that is only in RAM to flash. To be called before a restart. */
    async save(): Promise<void> {
        const { ring, journal } = this
        for (let writes = 0; writes < MAX_SAVES && ring.count > 0 && journal.lastSeq < ring.newestSeq(); writes++)
            await this.writeJournal()
        await journal.writeCheckpoint()
    }

    private isOwn(slot: number): boolean {
        return this.journal.bootCount(slot) === this.boot.count
    }

    /** Loads the oldest block that has readings to send; undefined if there is none. */
    private async loadBacklog(): Promise<Ring> {
        if (!this.hasBacklog()) return undefined
        const backlog = new Ring(this.intervalS, MAX_BATCH)
        while (backlog.count === 0 && this.hasBacklog()) await this.load(this.journal.next(), backlog)
        return backlog.count > 0 ? backlog : undefined
    }

    /** Loads a block into `backlog`, which stays empty if the block is damaged or undated. */
    private async load(slot: number, backlog: Ring): Promise<void> {
        const { journal } = this
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
        else this.describePrevious(head, backlog, isNew)
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
        const { header } = this
        header.offsetS = bootTime.offsetS
        header.leadS = bootTime.leadS
        header.timeUncertaintyS = bootTime.timeUncertaintyS
        header.gap = bootTime.offsetS === undefined ? 0 : this.gapBefore(bootTime.offsetS + bootTime.firstEndS)
        log(
            `former boot=${this.journal.bootCount(slot)} time=${bootTime.offsetS ?? "unknown"} timeUncertaintyS=${bootTime.timeUncertaintyS}`,
        )
    }

    private describePrevious(head: BlockHead, backlog: Ring, isNew: boolean) {
        const { header } = this
        if (!isNew) this.countHole(head.firstSeq - this.backlogSeq - (head.full - header.lost))
        header.bootId = bootId(head.boot)
        header.lost = head.full
        header.rejected = header.undated = header.damaged = 0
        this.backlogSeq = head.firstSeq + head.count
        if (header.offsetS !== undefined) this.previousEndS = header.offsetS + backlog.endS(backlog.count - 1)
        else if (header.leadS === undefined) this.dropUndated(head, backlog)
    }

    private describeOwn() {
        const { header, clock, ring } = this
        header.bootId = bootId(this.boot)
        header.offsetS = clock.offsetS
        header.leadS = header.timeUncertaintyS = 0
        if (this.gap === undefined && clock.offsetS !== undefined && ring.count > 0)
            this.gap = this.gapBefore(clock.offsetS + this.firstEndS)
        header.gap = this.gap ?? 0
        header.rejected = this.rejected
        header.undated = this.undated
        header.damaged = this.damaged
        header.lost = this.lost()
    }

    /**
     * Whole intervals between the newest reading of the previous boot and a reading that ends at
     * `endS`, Unix seconds.
     */
    private gapBefore(endS: number): number {
        if (this.previousEndS === undefined) return 0
        return Math.max(0, Math.ceil(endS / this.intervalS) - Math.ceil(this.previousEndS / this.intervalS) - 1)
    }

    /**
     * Counts missing sequence numbers between two intact blocks as damaged, at
     * most as many as the damaged blocks can hold. The rest was delivered, but a
     * power cut corrupted the checkpoint.
     */
    private countHole(count: number) {
        const held = Math.min(count, MAX_BLOCK_READINGS * (this.journal.damaged ?? 0))
        if (held <= 0) return
        this.journal.damaged -= Math.ceil(held / MAX_BLOCK_READINGS)
        this.damaged += held
        this.logLoss("damaged")
    }

    private dropUndated(head: BlockHead, backlog: Ring) {
        this.undated += head.count
        this.journal.release(head.boot.count, this.backlogSeq - 1)
        backlog.count = 0
        this.logLoss("undated")
    }

    /** Readings that the server will never have, as far as this boot knows. */
    lost(): number {
        return this.full() + this.rejected + this.undated + this.damaged
    }

    private full(): number {
        return this.ring.lost + this.fullInFlash
    }

    private logLoss(reason: LossReason, seq?: number) {
        log(`lost total=${this.lost()} reason=${reason}${seq === undefined ? "" : " seq=" + seq}`)
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
