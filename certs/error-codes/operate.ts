/** Error codes of running the server: its log, its limits and its state. */
import type { ErrorRow } from "./row.ts"

export const operateErrors = {
    LOG_UNOPENED: {
        exit: 1,
        what: "The file of --log cannot be opened.",
        next: "check that its folder exists and may be written, or name another file",
    },
    HTTP_EXPOSED: {
        exit: 2,
        what: "--http was given with an address that other machines can reach: everything would be readable on the way.",
        next: "leave --http out, listen on 127.0.0.1 behind a proxy that speaks HTTPS, or name the proxy with --trust-proxy",
    },
    DISK_LOW: {
        http: 503,
        what: "The disk of the database has less space than --min-free-disk. Readings are still stored.",
        next: "free space on the disk, or let retention delete more",
    },
    STORE_TIMEOUT: {
        http: 503,
        what: "The database did not take a row in time.",
        next: "check the load of the database and of its disk",
    },
} satisfies Record<string, ErrorRow>
