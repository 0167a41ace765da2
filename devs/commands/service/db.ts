/** `airpin db`: what the database holds, and its retention, backups and move to PostgreSQL. */
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Option } from "@commander-js/extra-typings"
import { AirpinError } from "../../../certs/error.ts"
import { LEASE_MS, Lease } from "../../api/lease.ts"
import { backUp, restore } from "../../api/maintenance/backup.ts"
import type { OnCopyProgress } from "../../api/maintenance/copy-file.ts"
import { databaseStatus } from "../../api/maintenance/database-status.ts"
import { holdAlone } from "../../api/maintenance/hold-alone.ts"
import { move as moveRows } from "../../api/maintenance/move.ts"
import { countExpired, expiries } from "../../api/retention/expiries.ts"
import { prune as pruneRows } from "../../api/retention/prune.ts"
import { deviceRetentions, readServerRetention } from "../../api/retention/retention-rows.ts"
import { LEASE_NAME, whileHeld } from "../../api/retention/turn.ts"
import type { Database } from "../../api/store/database.ts"
import { openDatabase } from "../../api/store/open.ts"
import { isPostgresUrl, parsePostgresUrl, placeOf } from "../../api/store/postgres/url.ts"
import { showBackup, showDatabase, showExpired, showMoved, showPruned } from "../../display/database.ts"
import type { Terminal } from "../../display/terminal.ts"
import { type Command, command, exitCodes, run } from "../command.ts"
import {
    assertExists,
    type DatabaseOption,
    databaseOption,
    withDatabase,
    withExistingDatabase,
} from "./open-database.ts"
import { fiveMinutesOption, type RetentionOptions, rawOption, retentionGiven } from "./retention-options.ts"

const targetOption = () =>
    new Option("--to <url>", "the PostgreSQL database: postgres://user:password@host/name")
        .env("DATABASE_URL")
        .makeOptionMandatory()

/** How often the lease of another process is looked at. */
const LEASE_POLL_MS = 1000

export const definition = command()
    .addCommand(
        command()
            .name("status")
            .description("show what the database holds, its size, and how long readings are kept")
            .addOption(databaseOption())
            .action(run((terminal, { db }) => status({ db }, terminal))),
    )
    .addCommand(
        command()
            .name("prune")
            .description("delete what is older than it is kept for, as airpin serve does every hour")
            .option("--dry-run", "show what would be deleted, and delete nothing")
            .addOption(rawOption())
            .addOption(fiveMinutesOption())
            .addOption(databaseOption())
            .action(run((terminal, options) => prune(options, terminal))),
    )
    .addCommand(
        command()
            .name("backup")
            .description("copy an SQLite database into a file and verify it; airpin serve may go on")
            .argument("<file>", "a new file")
            .addOption(databaseOption())
            .action(run((terminal, file, { db }) => backup({ file, db }, terminal))),
    )
    .addCommand(
        command()
            .name("restore")
            .description("verify a backup and make it the database; airpin serve must not run")
            .argument("<file>", "the backup")
            .option("--replace", "also if there is a database, which is kept under another name")
            .addOption(databaseOption())
            .action(run((terminal, file, options) => restoreBackup({ file, ...options }, terminal))),
    )
    .addCommand(
        command()
            .name("move")
            .description("copy an SQLite database into an empty PostgreSQL database, and compare the two")
            .requiredOption("--from <file>", "the SQLite database")
            .addOption(targetOption())
            .action(run((terminal, options) => move(options, terminal))),
    )

/** `airpin db status`. */
const status: Command<DatabaseOption> = ({ db }, terminal) =>
    withExistingDatabase(db, terminal, async open => {
        const current = await databaseStatus(open)
        const retention = { server: await readServerRetention(open.sql), devices: await deviceRetentions(open.sql) }
        showDatabase(terminal, current, retention)
        terminal.result({ ...current, retention })
        return exitCodes.fine
    })

/** `airpin db prune`. */
const prune: Command<DatabaseOption & RetentionOptions & { dryRun?: true }> = ({ db, dryRun, ...given }, terminal) =>
    withExistingDatabase(db, terminal, async open => {
        const retention = retentionGiven(given, await readServerRetention(open.sql))
        terminal.progress("counting …")
        const expired = await countExpired(open, await expiries(open, retention, nowS()))
        if (dryRun) {
            showExpired(terminal, expired, retention)
            terminal.result({ retention, expired })
            return exitCodes.fine
        }
        const rows = expired.reduce((sum, { rows }) => sum + rows, 0)
        const pruned = await withLease(open, terminal, mayGoOn => {
            let deleted = 0
            const onStep = (step: number) => terminal.progress(shareText((deleted += step) / rows, "deleted"))
            return pruneRows(open, expired, { mayGoOn, onStep })
        })
        showPruned(terminal, pruned, retention)
        terminal.result({ retention, pruned })
        return exitCodes.fine
    })

/** @throws AirpinError PRUNING_ALREADY */
async function withLease<Result>(
    open: Database,
    terminal: Terminal,
    work: (mayGoOn: () => Promise<boolean>) => Promise<Result>,
): Promise<Result> {
    const lease = new Lease(open, LEASE_NAME)
    const endMs = performance.now() + LEASE_MS + LEASE_POLL_MS
    while (!(await lease.hold())) {
        if (performance.now() > endMs)
            throw new AirpinError("PRUNING_ALREADY", `another process is pruning ${open.place}`)
        terminal.progress("another process is pruning, or was killed while it did: waiting …")
        await sleep(LEASE_POLL_MS)
    }
    try {
        return await work(whileHeld(lease))
    } finally {
        await lease.release()
    }
}

/** `airpin db backup`. */
const backup: Command<DatabaseOption & { file: string }> = async ({ file, db }, terminal) => {
    if (isPostgresUrl(db))
        throw new AirpinError(
            "NOT_FOR_POSTGRES",
            "PostgreSQL is backed up with pg_dump, also while airpin serve runs",
            `run pg_dump --format=custom --file=${file} --dbname=${placeWithUser(db)} (${PASSWORD_PLACE})`,
        )
    await assertExists(db)
    const made = await backUp(db, file, copyProgress(terminal))
    showBackup(terminal, "backup", file, made)
    terminal.result({ file: path.resolve(file), ...made })
    return exitCodes.fine
}

/** Where the tools of PostgreSQL find a password that is not in the list of processes. */
const PASSWORD_PLACE = "the password in ~/.pgpass or PGPASSWORD"

/** The URL without its password. */
function placeWithUser(url: string): string {
    const address = parsePostgresUrl(url)
    const place = placeOf(address)
    return address.user === undefined ? place : place.replace("//", `//${encodeURIComponent(address.user)}@`)
}

/** `airpin db restore`. */
const restoreBackup: Command<DatabaseOption & { file: string; replace?: true }> = async (
    { file, db, replace },
    terminal,
) => {
    if (isPostgresUrl(db))
        throw new AirpinError(
            "NOT_FOR_POSTGRES",
            "a backup of pg_dump is restored with pg_restore, into an empty database",
            `run pg_restore --exit-on-error --no-owner --dbname=${placeWithUser(db)} ${file} (${PASSWORD_PLACE})`,
        )
    await assertExists(file)
    const options = { replace: replace === true, nowMs: Date.now(), onProgress: copyProgress(terminal) }
    const restored = await restore(file, db, options)
    showBackup(terminal, "database", db, restored)
    if (restored.former) terminal.line("former", path.resolve(restored.former))
    terminal.result({ file: path.resolve(db), ...restored })
    return exitCodes.fine
}

function copyProgress(terminal: Terminal): OnCopyProgress {
    return (done, what) => terminal.progress(what === "checking" ? "checking the copy …" : shareText(done, "copied"))
}

/** `airpin db move`. */
const move: Command<{ from: string; to: string }> = async ({ from, to }, terminal) => {
    if (!isPostgresUrl(to))
        throw new AirpinError("USAGE_WRONG", "--to must be a postgres:// URL", "see airpin db move --help")
    await assertExists(from)
    holdAlone(from)()
    const counts = await withDatabase(from, terminal, async source => {
        const target = await openDatabase(to)
        const onProgress = (done: number, total: number, table: string) =>
            terminal.progress(`${shareText(done / total, "copied")}: ${table}`)
        return moveRows(source, target, onProgress).finally(() => target.close())
    })
    showMoved(terminal, counts)
    terminal.result({ counts })
    return exitCodes.fine
}

const shareText = (share: number, what: string) => `${Math.floor(100 * Math.min(1, share))} % ${what}`

const nowS = () => Math.floor(Date.now() / 1000)
