/**
 * Flash journal: blocks of readings that survive a power cut during a long outage.
 *
 * Blocks are stored under 57 keys that are reused, because the store never frees
 * a key. The newest block is rewritten with the readings taken since, until it
 * is full: one write each time, and no half-empty blocks. Each rewrite uses
 * another key, because a power cut that corrupts the last bytes of an entry makes
 * its key unreadable, together with the previous value. Delivered blocks are not
 * deleted, which would take 57 writes, but overwritten when their slot is needed;
 * one checkpoint, written when everything is delivered, records how far delivery
 * got. After a power cut before the checkpoint, the same readings are sent again,
 * and the server recognises them by boot and sequence number.
 *
 * Capacity: one side of the ESP32's store has 16,360 bytes for entries and
 * values; a block takes 256, and writing the next one 256 more. 57 blocks leave
 * 1,512 bytes for settings, boot count and baselines. Of a recorded office, 56
 * blocks hold 3,340 readings of three quantities (55 hours at one a minute,
 * written ten at a time), or 2,900 of five quantities with a noise of 15 ppm and
 * 7 ppb (48 hours).
 *
 * Wear: a write takes 150 bytes on average, 256 at most. An outage of 48 hours is
 * 288 writes, which move the store to its other side about 7 times: 3 to 4 of
 * 100,000 erase cycles of each page. With a permanently full journal it moves
 * every 4 hours: 45 years.
 *
 * Odds: a power cut between the two halves of a write (below 1 ms) makes the
 * next boot format the store (jacdac-c `source/jd_fstor.c`: "non ff"). At one
 * write in 10 minutes this happens in one of 600,000 power cuts during an outage,
 * and never while the server responds.
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

/**
 * Index entry: boot count u32, undelivered readings u8 (0: slot is free), first sequence number u24,
 * which lasts for 2 years.
 */
const ENTRY_BYTES = 8
const COUNT_AT = 4
const NONE = -1

export class Journal {
    /** sequence number of the newest reading of this boot in flash */
    lastSeq = 0
    /** damaged blocks found at boot whose readings are not counted yet; undefined if there were none */
    damaged: number
    private readonly index = Buffer.alloc(SLOTS * ENTRY_BYTES)
    /** slot of the newest block while it may be rewritten */
    private tail = NONE
    /** newest delivered reading: boot count and sequence number */
    private checkpointBoot = 0
    private checkpointSeq = 0
    /** true while flash holds delivered readings that are not covered by the stored checkpoint */
    private checkpointDue = false

    /** Indexes the blocks that previous boots left. */
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

    /** Marks a slot as free. No flash is written. */
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

    /** Undelivered readings in a block; 0 if the slot is free. */
    count(slot: number): number {
        return this.index[slot * ENTRY_BYTES + COUNT_AT]
    }

    bootCount(slot: number): number {
        return this.index.getAt(slot * ENTRY_BYTES, "u32")
    }

    firstSeq(slot: number): number {
        return this.index.getAt(slot * ENTRY_BYTES + COUNT_AT, "u32") >>> 8
    }

    /** Sequence number of the first reading in a block that the server does not have. */
    waitingSeq(slot: number): number {
        const firstSeq = this.firstSeq(slot)
        return this.bootCount(slot) === this.checkpointBoot ? Math.max(firstSeq, this.checkpointSeq + 1) : firstSeq
    }

    /**
     * Undelivered readings that are only in flash: those of other boots, and those of this boot before
     * the oldest in RAM.
     */
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

    /** Slot of the oldest block after `after`, or of the oldest block; -1 if there is none. */
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

    /**
     * Loads the undelivered readings of a block into `ring`.
     *
     * @returns undefined if the block is damaged; its slot is then free
     */
    async load(slot: number, ring: Ring): Promise<BlockHead> {
        return await this.read(slot, ring, this.waitingSeq(slot))
    }

    /** Like `load`, but only the last reading of the block. */
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
     * Writes readings of `ring` that are not in flash yet, as many as fit one block.
     *
     * @returns number of older readings that were dropped from flash
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

    /** Encodes a copy of the ring, because a reading may be pushed meanwhile. */
    private async encode(head: BootHead, ring: Ring, firstSeq: number): Promise<Buffer> {
        const copy = new Ring(head.stepS, MAX_BLOCK_READINGS)
        copy.copy(ring, firstSeq - ring.firstSeq)
        return await encodeBlock(head, copy)
    }

    /** True if all readings of the newest block are still in RAM. */
    private canGrow(ring: Ring): boolean {
        return this.tail !== NONE && this.count(this.tail) > 0 && this.firstSeq(this.tail) >= ring.firstSeq
    }

    private vacant(): number {
        for (let slot = 0; slot < SLOTS; slot++) if (this.count(slot) === 0) return slot
        return NONE
    }

    /** Number of readings of a block that are not in RAM. */
    private onlyCopies(slot: number, boot: number, ringSeq: number): number {
        if (this.bootCount(slot) !== boot) return this.count(slot)
        return Math.max(0, Math.min(this.count(slot), ringSeq - this.firstSeq(slot)))
    }

    /**
     * @param replaced slot of the previous version of the block; -1 for a new block
     * @returns number of readings of the block overwritten in `slot` that are now lost
     */
    private async store(slot: number, replaced: number, head: BootHead, ring: Ring, block: Buffer): Promise<number> {
        const dropped = this.onlyCopies(slot, head.boot.count, ring.firstSeq)
        if (!(await writeBytes(keyOf(slot), block))) return await this.deleteOldest(head, ring)
        if (replaced !== NONE) this.free(replaced)
        const written = decodeHead(block)
        this.addEntry(slot, written)
        this.tail = slot
        this.lastSeq = written.firstSeq + written.count - 1
        this.checkpointDue = true
        log(`journal seq=${this.lastSeq} count=${written.count} bytes=${block.length} block=${slot}`)
        return dropped
    }

    /** The store is smaller than expected: deletes the oldest block, so that the next write succeeds. */
    private async deleteOldest(head: BootHead, ring: Ring): Promise<number> {
        log("journal problem=no-room")
        const oldest = this.next()
        if (oldest === NONE || !(await writeBytes(keyOf(oldest), Buffer.alloc(0)))) return 0
        const dropped = this.onlyCopies(oldest, head.boot.count, ring.firstSeq)
        this.free(oldest)
        return dropped
    }

    /**
     * The server has every reading of `boot` up to `seq`, and of all earlier boots. Frees their slots;
     * no flash is written.
     */
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

    /** Writes the checkpoint if everything in flash is delivered: once after an outage. */
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
