/** Adapts the size of a post to what the server accepts. */
import { MAX_BATCH } from "../wire"

/** Rejections of a single reading after which it is dropped: the first one may correct the device's clock. */
const MAX_REJECTIONS = 3
/** Accepted posts before a larger one is tried again. */
const POSTS_BEFORE_TRYING_MORE = 100

export class BatchSize {
    /** readings per post; smaller after a 413 */
    private limit = MAX_BATCH
    private postsAtLimit = 0
    /** readings per post, so that a rejected reading becomes the oldest */
    private narrowed = MAX_BATCH
    /** true once the server has stored a post of this boot */
    private hasStored = false
    /** consecutive rejections of the oldest reading */
    private rejections = 0

    /** Maximum number of readings in the next post. */
    max(): number {
        return Math.min(this.limit, this.narrowed)
    }

    /**
     * True if this many readings waiting are enough for a post. The first one of a boot is sent at
     * once, so that its owner soon sees whether the device works, and the device soon has the time.
     *
     * @param batch readings per post, as configured
     */
    isDue(waiting: number, batch: number): boolean {
        return waiting >= (this.hasStored ? Math.min(batch, this.max()) : 1)
    }

    /** The server stored a post. */
    accepted() {
        this.hasStored = true
        this.rejections = 0
        this.narrowed = MAX_BATCH
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
     * The API rejected one reading of a post. Those before it are sent next, so that it becomes the oldest.
     *
     * @param index of the reading in the post
     * @returns true if it is the oldest and is to be dropped
     */
    rejected(index: number): boolean {
        this.narrowed = Math.max(1, index)
        this.rejections = index === 0 ? this.rejections + 1 : 0
        if (this.rejections < MAX_REJECTIONS) return false
        this.rejections = 0
        return true
    }
}
