/** Error codes of the database, SQLite or PostgreSQL. */
import type { ErrorRow } from "./row.ts"

export const databaseErrors = {
    STORE_URL_INVALID: {
        exit: 2,
        what: "The URL of the PostgreSQL database cannot be used.",
        next: "write DATABASE_URL as postgres://user:password@host:5432/database",
    },
    STORE_UNREACHABLE: {
        exit: 1,
        http: 503,
        what: "There is no connection to the PostgreSQL server, or it takes no writes now.",
        next: "check that it runs and that its address is right; airpin connects again by itself",
    },
    STORE_UNTRUSTED: {
        exit: 1,
        http: 503,
        what: "The TLS certificate of the PostgreSQL server cannot be verified, or it offers no TLS.",
        next: "name its CA with sslrootcert=FILE in DATABASE_URL, and the server as its certificate does",
    },
    STORE_LOGIN_REFUSED: {
        exit: 1,
        http: 503,
        what: "The PostgreSQL server refuses the user, the password or the database.",
        next: "check user, password and database of DATABASE_URL",
    },
    STORE_UNSAFE: {
        exit: 1,
        http: 503,
        what: "The PostgreSQL server is configured so that a power cut loses what it has committed.",
        next: "set fsync = on in its postgresql.conf",
    },
    STORE_NOT_DURABLE: {
        exit: 1,
        http: 503,
        what: "PostgreSQL committed a change, but its synchronous replica did not confirm it.",
        next: "check the replicas; a device sends the batch again by itself",
    },
} satisfies Record<string, ErrorRow>
