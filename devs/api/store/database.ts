/** An open database, whichever kind it is. */
import type { Kysely } from "kysely"
import type { AirpinError } from "../../../certs/error.ts"
import type { Appended, Post } from "./records.ts"
import type { Tables } from "./tables.ts"

/** Typed queries; within a transaction, or each on its own. Errors are AirpinErrors: see `Database`. */
export type Sql = Kysely<Tables>

/** Posts in one commit: what waits longer than one commit of these takes would be late anyway. */
export const MAX_GROUP_POSTS = 256

/**
 * Every query may throw AirpinError STORE_BUSY (another process holds the file), STORE_FULL (no space left),
 * STORE_UNREACHABLE (no connection), STORE_NOT_DURABLE (a synchronous replica did not confirm) or STORE_FAILED.
 */
export interface Database {
    readonly kind: "sqlite" | "postgres"
    /** for people: the absolute path, ":memory:", or "postgres://host:port/database" without user and password */
    readonly place: string
    readonly sql: Sql
    /** how GroupCommit calls `append`: at most so many posts in a commit, and so many commits under way */
    readonly groups: { readonly maxPosts: number; readonly atOnce: number }
    /** On the disk, and on a synchronous replica if there is one, when it resolves. Runs again after a deadlock. */
    transaction<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>
    /**
     * Stores the posts of many devices in one commit, on the disk when it resolves.
     *
     * @returns for each post its result, or why it alone was refused: DEVICE_UNKNOWN, TOKEN_REVOKED, DEVICE_LIMIT
     */
    append(posts: Post[]): Promise<(Appended | AirpinError)[]>
    /** Throws unless a batch could be stored now: writes, unless a write succeeded in the last 5 s. */
    check(): Promise<void>
    close(): Promise<void>
}
