/** What is known about an error code. */
export interface ErrorRow {
    /**
     * Exit status of a command that fails with it: 1 failed, 2 wrong usage, 20 devices will refuse the server.
     * Absent where only the API replies with it.
     */
    exit?: 1 | 2 | 20
    /** status of the API's reply, where the API replies with it */
    http?: number
    /** what happened, in general; the message of the error has the values */
    what: string
    /** what the reader can do about it: an imperative */
    next: string
}
