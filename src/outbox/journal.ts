/**
 * The readings of a long outage in flash, where a power cut leaves them.
 *
 * A block lies under one of 57 keys that are used again and again, since the
 * store forgets none. The newest block is written anew with what was taken
 * since, until it is full: one write each time, and no half-empty blocks. It
 * goes under another key each time: of an entry whose last bytes a power cut
 * tears, the key does not read back, nor what it had before. What the server
 * has is not deleted, which would be 57 writes, but stays until its place is
 * needed; one mark, written once all is delivered, says how far the delivery
 * came. A cut before the mark sends the same readings again, which the server
 * recognises by boot and sequence number.
 *
 * Room: a side of the ESP32's store has 16,360 bytes for entries and values,
 * a block takes 256, the write of the next one 256 more. 57 blocks leave
 * 1,512 bytes for settings, boot count and baselines. Of a recorded office 56
 * hold 3,340 readings of three quantities (55 hours at one a minute, ten at a
 * time) and 2,900 of five with a noise of 15 ppm and 7 ppb (48 hours).
 *
 * Wear: a write takes 150 bytes on average and 256 at most, so an outage of 48
 * hours, 288 writes, moves the store to its other side about 7 times: 3 to 4
 * erasures of each page, of 100,000. With a full journal for ever it is one
 * in 4 hours: 45 years.
 *
 * Odds: a cut between the two halves of a write (below 1 ms) formats the
 * store at the next start (jacdac-c `source/jd_fstor.c`: "non ff"). With one
 * write in 10 minutes that is one cut in 600,000 of those during an outage, and
 * none while the server answers.
 */

import { readBytes, writeBytes } from "../flash-store"
import { log } from "../log"
import { BlockHead, BootHead, decodeBlock, decodeHead, encodeBlock, MAX_BLOCK_READINGS, readBlockHead } from "./block"
import { Ring } from "./ring"

const SLOTS = 57
/** "j10" to "j66" */
const FIRST_KEY = 10
const CHECKPOINT_KEY = "jEnd"
const CHECKPOINT_BYTES = 8

/** Index entry: boot count u32, then readings u8 (0: nothing that is waited for) and first sequence number u24, which is enough for 2 years. */
const ENTRY_BYTES = 8
const COUNT_AT = 4
const NONE = -1

export class Journal {
    /** newest reading of this boot in flash */
    lastSeq = 0
    /** blocks that did not read back at the start, and what they held is not counted yet; undefined for none */
    damaged: number
    private readonly index = Buffer.alloc(SLOTS * ENTRY_BYTES)
    /** key of the newest block, while it may be written anew */
    private tail = NONE
    /** the newest reading that was delivered from flash or is there too */
    private checkpointBoot = 0
    private checkpointSeq = 0
    /** true while flash holds delivered readings that the checkpoint there does not cover */
    private checkpointDue = false

    /** Finds what former boots left. */
    async open(): Promise<void> {
        const checkpoint = await readBytes(CHECKPOINT_KEY)
        if (checkpoint && checkpoint.length === CHECKPOINT_BYTES) {
            this.checkpointBoot = checkpoint.getAt(0, "u32")
            this.checkpointSeq = checkpoint.getAt(4, "u32")
        }
        for (let slot = 0; slot < SLOTS; slot++) {
            const block = await readBytes(keyOf(slot))
            if (block && block.length > 0) this.register(slot, block)
        }
    }

    private register(slot: number, block: Buffer) {
        const head = readBlockHead(block)
        if (!head) {
            this.damaged = (this.damaged ?? 0) + 1
            return log(`journal problem=damaged block=${slot}`)
        }
        this.addEntry(slot, head)
        for (let other = 0; other < slot; other++)
            if (this.bootCount(other) === head.boot.count && this.firstSeq(other) === head.firstSeq)
                this.free(this.count(other) < this.count(slot) ? other : slot)
    }

    /** Nobody waits for what stands there. */
    private free(slot: number) {
        this.index[slot * ENTRY_BYTES + COUNT_AT] = 0
    }

    private isDelivered(boot: number, seq: number): boolean {
        return boot < this.checkpointBoot || (boot === this.checkpointBoot && seq <= this.checkpointSeq)
    }

    private addEntry(slot: number, { boot, firstSeq, count }: BlockHead) {
        this.index.setAt(slot * ENTRY_BYTES, "u32", boot.count)
        const waiting = this.isDelivered(boot.count, firstSeq + count - 1) ? 0 : count
        this.index.setAt(slot * ENTRY_BYTES + COUNT_AT, "u32", firstSeq * 256 + waiting)
    }

    count(slot: number): number {
        return this.index[slot * ENTRY_BYTES + COUNT_AT]
    }

    bootCount(slot: number): number {
        return this.index.getAt(slot * ENTRY_BYTES, "u32")
    }

    firstSeq(slot: number): number {
        return this.index.getAt(slot * ENTRY_BYTES + COUNT_AT, "u32") >>> 8
    }

    /** The first reading in a block that the server does not have. */
    waitingSeq(slot: number): number {
        const firstSeq = this.firstSeq(slot)
        return this.bootCount(slot) === this.checkpointBoot ? Math.max(firstSeq, this.checkpointSeq + 1) : firstSeq
    }

    /** Readings that wait in flash only: those of other boots, and of this one those before the first in RAM. */
    waiting(ownBoot: number, ringSeq: number): number {
        let waiting = 0
        for (let slot = 0; slot < SLOTS; slot++) {
            if (this.count(slot) === 0) continue
            const endSeq = this.firstSeq(slot) + this.count(slot)
            waiting += Math.max(
                0,
                (this.bootCount(slot) === ownBoot ? Math.min(endSeq, ringSeq) : endSeq) - this.waitingSeq(slot),
            )
        }
        return waiting
    }

    /** The block that follows `after`, or the oldest; -1 when there is none. */
    next(after = NONE): number {
        let best = NONE
        for (let slot = 0; slot < SLOTS; slot++) {
            if (this.count(slot) === 0 || (after !== NONE && !this.isBefore(after, slot))) continue
            if (best === NONE || this.isBefore(slot, best)) best = slot
        }
        return best
    }

    private isBefore(a: number, b: number): boolean {
        const boots = this.bootCount(a) - this.bootCount(b)
        return boots < 0 || (boots === 0 && this.firstSeq(a) < this.firstSeq(b))
    }

    /** Fills `ring` with a block's readings that the server does not have; undefined when it is damaged, and then it is given up. */
    async load(slot: number, ring: Ring): Promise<BlockHead> {
        return await this.read(slot, ring, this.waitingSeq(slot))
    }

    /** Puts only the last reading of a block into `ring`. */
    async loadLast(slot: number, ring: Ring): Promise<BlockHead> {
        return await this.read(slot, ring, this.firstSeq(slot) + this.count(slot) - 1)
    }

    private async read(slot: number, ring: Ring, fromSeq: number): Promise<BlockHead> {
        const block = await readBytes(keyOf(slot))
        const head = block ? readBlockHead(block) : undefined
        if (head) await decodeBlock(head, block, ring, fromSeq)
        else this.free(slot)
        return head
    }

    /**
     * Writes what `ring` holds and flash does not, as much as fits one block.
     *
     * @returns readings that had to be dropped from flash
     */
    async write(head: BootHead, ring: Ring): Promise<number> {
        const newest = ring.newestSeq()
        if (ring.count === 0 || newest === this.lastSeq) return 0
        const grown = this.canGrow(ring) ? await this.encode(head, ring, this.firstSeq(this.tail)) : undefined
        const isGrown = grown && this.firstSeq(this.tail) + decodeHead(grown).count > newest
        const block = isGrown ? grown : await this.encode(head, ring, Math.max(this.lastSeq + 1, ring.firstSeq))
        const vacant = this.vacant()
        return await this.store(vacant === NONE ? this.next() : vacant, isGrown ? this.tail : NONE, head, ring, block)
    }

    /** From a copy, for a reading may come meanwhile. */
    private async encode(head: BootHead, ring: Ring, firstSeq: number): Promise<Buffer> {
        const copy = new Ring(head.stepS, MAX_BLOCK_READINGS)
        copy.copy(ring, firstSeq - ring.firstSeq)
        return await encodeBlock(head, copy)
    }

    /** The newest block's readings must all be in RAM still. */
    private canGrow(ring: Ring): boolean {
        return this.tail !== NONE && this.count(this.tail) > 0 && this.firstSeq(this.tail) >= ring.firstSeq
    }

    private vacant(): number {
        for (let slot = 0; slot < SLOTS; slot++) if (this.count(slot) === 0) return slot
        return NONE
    }

    /** Readings of a block that are nowhere else. */
    private onlyCopies(slot: number, boot: number, ringSeq: number): number {
        if (this.bootCount(slot) !== boot) return this.count(slot)
        return Math.max(0, Math.min(this.count(slot), ringSeq - this.firstSeq(slot)))
    }

    /**
     * @param former where the block stands as it was before; -1 for a new one
     * @returns readings of another block that stood in this place and are nowhere else now
     */
    private async store(slot: number, former: number, head: BootHead, ring: Ring, block: Buffer): Promise<number> {
        const dropped = this.onlyCopies(slot, head.boot.count, ring.firstSeq)
        if (!(await writeBytes(keyOf(slot), block))) return await this.deleteOldest(head, ring)
        if (former !== NONE) this.free(former)
        const written = decodeHead(block)
        this.addEntry(slot, written)
        this.tail = slot
        this.lastSeq = written.firstSeq + written.count - 1
        this.checkpointDue = true
        log(`journal seq=${this.lastSeq} count=${written.count} bytes=${block.length} block=${slot}`)
        return dropped
    }

    /** The store is smaller than it should be: the oldest block goes, so that the next write has room. */
    private async deleteOldest(head: BootHead, ring: Ring): Promise<number> {
        log("journal problem=no-room")
        const oldest = this.next()
        if (oldest === NONE || !(await writeBytes(keyOf(oldest), Buffer.alloc(0)))) return 0
        const dropped = this.onlyCopies(oldest, head.boot.count, ring.firstSeq)
        this.free(oldest)
        return dropped
    }

    /** The server has every reading of `boot` up to `seq`, and of the boots before. No flash is written. */
    release(boot: number, seq: number) {
        this.checkpointBoot = boot
        this.checkpointSeq = seq
        for (let slot = 0; slot < SLOTS; slot++) {
            if (
                this.count(slot) === 0 ||
                !this.isDelivered(this.bootCount(slot), this.firstSeq(slot) + this.count(slot) - 1)
            )
                continue
            this.free(slot)
            this.checkpointDue = true
        }
    }

    /** Writes the checkpoint when all that was in flash is delivered: once after an outage. */
    async writeCheckpoint(): Promise<void> {
        if (!this.checkpointDue || this.next() !== NONE) return
        this.checkpointDue = false
        const checkpoint = Buffer.alloc(CHECKPOINT_BYTES)
        checkpoint.setAt(0, "u32", this.checkpointBoot)
        checkpoint.setAt(4, "u32", this.checkpointSeq)
        await writeBytes(CHECKPOINT_KEY, checkpoint)
        log(`journal state=delivered seq=${this.checkpointSeq}`)
    }
}

function keyOf(slot: number): string {
    return "j" + (FIRST_KEY + slot)
}
