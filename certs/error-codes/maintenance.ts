/** Error codes of retention, of `airpin db`, and of changes to devices. */
import type { ErrorRow } from "./row.ts"

export const maintenanceErrors = {
    RETENTION_INVALID: {
        exit: 2,
        what: "A text is not a length of time to keep readings for.",
        next: "write 90d, 12w, 2y, a number of days, or forever",
    },
    RETENTION_UNNAMED: {
        exit: 2,
        what: "airpin device keep says nothing to change.",
        next: "give --raw, --five-minutes or both, for example --raw 30d",
    },
    PRUNING_ALREADY: {
        exit: 1,
        what: "Another process deletes what is older than it is kept for.",
        next: "wait until it has ended: airpin serve does it every hour",
    },
    DEVICE_AMBIGUOUS: {
        exit: 1,
        what: "More than one device has this name.",
        next: "give the id of the device",
    },
    CONFIRMATION_NEEDED: {
        exit: 1,
        what: "Something cannot be undone, and nobody confirmed it.",
        next: "run it in a terminal and answer y, or give --yes",
    },
    NOT_FOR_POSTGRES: {
        exit: 2,
        what: "airpin copies SQLite files only; PostgreSQL has tools of its own.",
        next: "use pg_dump and pg_restore",
    },
    BACKUP_EXISTS: { exit: 1, what: "There is a file with the backup's name already.", next: "choose another name" },
    BACKUP_DAMAGED: {
        exit: 1,
        what: "A backup, or the copy that was made of a database, is damaged; the copy was removed.",
        next: "check the disk, and use another backup",
    },
    BACKUP_NOT_AIRPIN: {
        exit: 1,
        what: "The file is an SQLite database, but not one of airpin.",
        next: "name a file that airpin serve or airpin db backup wrote",
    },
    RESTORE_EXISTS: {
        exit: 1,
        what: "There is a database where the backup would be restored.",
        next: "add --replace, which keeps it under another name, or restore to another path with --db FILE",
    },
    DATABASE_IN_USE: {
        exit: 1,
        what: "Another process has the database open.",
        next: "stop airpin serve first: devices keep their readings and deliver them later",
    },
    MOVE_TARGET_USED: {
        exit: 1,
        what: "The database to move to has data already.",
        next: "name an empty database: createdb NAME makes one",
    },
    MOVE_UNFINISHED: {
        exit: 1,
        what: "airpin db move into this database was interrupted.",
        next: "run the same airpin db move again: it goes on where it stopped",
    },
    MOVE_COUNTS_DIFFER: {
        exit: 1,
        what: "After a move, the two databases have different numbers of rows.",
        next: "keep the SQLite file, and move it into another empty database",
    },
} satisfies Record<string, ErrorRow>
