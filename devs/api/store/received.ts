/** Ranges of sequence numbers that were received: see `ReceivedTable`. */

/** Both ends belong to it. */
export interface SeqRange {
    firstSeq: number
    lastSeq: number
}

/**
 * Adds a range to ranges that neither overlap nor touch each other.
 *
 * @param known the ranges that overlap the new one or touch it; others may be left out
 * @returns merged: the one range that stands for the known ones and the new one
 */
export function addRange(known: SeqRange[], added: SeqRange): { merged: SeqRange; isNew(seq: number): boolean } {
    const merged = known.reduce(
        (all, { firstSeq, lastSeq }) => ({
            firstSeq: Math.min(all.firstSeq, firstSeq),
            lastSeq: Math.max(all.lastSeq, lastSeq),
        }),
        added,
    )
    const isNew = (seq: number) => !known.some(({ firstSeq, lastSeq }) => seq >= firstSeq && seq <= lastSeq)
    return { merged, isNew }
}
