/** Adapts the size of a post, and whether it has a status, to what the server accepts. */
import { MAX_BATCH } from "../wire"

/** Rejections of a single reading after which it is dropped. */
const MAX_REJECTIONS = 3
/** Accepted posts before a larger one, or one with a status, is tried again. */
const POSTS_BEFORE_TRYING_MORE = 100

export class BatchSize {
    /** readings per post; smaller after a 413 */
    private limit = MAX_BATCH
    private postsAtLimit = 0
    /** readings per post during the search for a reading that the server rejects */
    private narrowed = MAX_BATCH
    private rejections = 0
    /** posts to send without a status, because the server rejected one with it */
    private postsWithoutStatus = 0

    /** Maximum number of readings in the next post. */
    max(): number {
        return Math.min(this.limit, this.narrowed)
    }

    hasStatus(): boolean {
        return this.postsWithoutStatus === 0
    }

    /** The server stored a post. */
    accepted() {
        this.rejections = 0
        this.postsWithoutStatus = Math.max(0, this.postsWithoutStatus - 1)
        this.narrowed = Math.min(MAX_BATCH, 2 * this.narrowed)
        if (++this.postsAtLimit < POSTS_BEFORE_TRYING_MORE) return
        this.postsAtLimit = 0
        this.limit = Math.min(MAX_BATCH, 2 * this.limit)
    }

    /** The server refused a post of `count` readings as too large (413). */
    tooLarge(count: number) {
        this.limit = Math.max(1, Math.floor(count / 2))
        this.postsAtLimit = 0
    }

    /**
     * The server rejected a post of `count` readings (400, 422). The status may be
     * the reason, so it is left out first; then the batch is halved down to the
     * rejected reading, so that it can be dropped and does not block the others.
     *
     * @returns true if the first reading of the post is to be dropped
     */
    rejected(count: number): boolean {
        if (this.hasStatus()) {
            this.postsWithoutStatus = POSTS_BEFORE_TRYING_MORE
            return false
        }
        this.narrowed = Math.max(1, Math.floor(count / 2))
        if (count === 1) this.rejections++
        if (this.rejections < MAX_REJECTIONS) return false
        this.rejections = 0
        return true
    }
}
