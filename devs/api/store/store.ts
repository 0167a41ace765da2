import type { DatabaseSyncInstance } from "@photostructure/sqlite"
import { AirpinError } from "../../../certs/error.ts"
import type { DesiredSettings } from "../../../src/wire.ts"
import { type OnUpgrade, openDatabase, openDatabaseToRead, rewriteSchemaVersion } from "./database.ts"
import { pendingSettings, readDeviceState, saveStatus, setDesired } from "./device-state.ts"
import { byHours, HOUR_S, hourSums } from "./hours.ts"
import {
    type Appended,
    type Device,
    type DeviceSettings,
    type DeviceState,
    type Losses,
    type LowestCo2,
    lossesOf,
    type MeanReading,
    type NewDevice,
    type Reading,
    type ReadingPage,
    type ReportedStatus,
    type SettingValues,
    type TimedBatch,
    type TimeRange,
} from "./records.ts"
import { prepareStatements, type ReadingRow, type Statements } from "./statements.ts"
import { storeError } from "./store-error.ts"

/** How far the time of the last stored batch may lag behind in the file. */
const CLOCK_INTERVAL_S = 600

/**
 * For so long after a write, `check` does not write: anyone may ask for it, and each write takes a sync of the disk.
 */
const WRITE_CHECK_INTERVAL_MS = 5000

/**
 * Opens the database; creates the file if it does not exist.
 *
 * A write is on the disk when its call returns, so an acknowledgement survives
 * a power cut.
 *
 * @param path a file, or ":memory:"
 * @param onUpgrade called before the tables of an earlier version are upgraded, which takes 3 s per million readings
 * @throws AirpinError STORE_UNOPENED, STORE_NOT_A_DATABASE, STORE_VERSION, STORE_BUSY
 */
export function openStore(path: string, onUpgrade?: OnUpgrade): Store {
    return translated(() => new Store(openDatabase(path, onUpgrade), path), path)
}

/**
 * Opens the database of a running server a second time, for reading: what
 * writes throws STORE_FAILED.
 *
 * @throws AirpinError STORE_UNOPENED, STORE_NOT_A_DATABASE, STORE_BUSY
 */
export function openStoreToRead(path: string): Store {
    return translated(() => new Store(openDatabaseToRead(path), path), path)
}

/**
 * Devices and their readings in one SQLite file. All calls are synchronous.
 *
 * Every method may throw AirpinError STORE_BUSY (another process holds the
 * file), STORE_FULL (no space left) or STORE_FAILED.
 */
export class Store {
    /** the file it was opened from, or ":memory:" */
    readonly path: string
    readonly #database: DatabaseSyncInstance
    readonly #sql: Statements
    /** `performance.now()` at the last write, if that succeeded */
    #wroteAtMs = -Infinity

    constructor(database: DatabaseSyncInstance, path: string) {
        this.path = path
        this.#database = database
        this.#sql = prepareStatements(database)
    }

    /**
     * From now on a call throws STORE_BUSY at once if another process holds the
     * file, because a wait would hold up the event loop: see `whenFree`.
     */
    neverWait(): void {
        this.#database.exec("PRAGMA busy_timeout = 0")
    }

    /** @throws AirpinError DEVICE_EXISTS */
    addDevice(device: NewDevice): void {
        const changes = translated(() => this.#sql.addDevice.run(device))
        if (changes === 0) {
            throw new AirpinError("DEVICE_EXISTS", `the device ${device.id} already exists`)
        }
    }

    /** Every device, revoked ones too, by id. */
    devices(): Device[] {
        return translated(() => this.#sql.devices.all({}))
    }

    device(id: string): Device | undefined {
        return translated(() => this.#sql.device.first({ id }))
    }

    deviceOfToken(tokenSha256: string): Device | undefined {
        return translated(() => this.#sql.deviceOfToken.first({ tokenSha256 }))
    }

    /**
     * Revokes the token of a device; its readings stay. Once revoked, `revokedAt` does not change.
     *
     * @throws AirpinError DEVICE_UNKNOWN
     */
    revokeDevice(id: string, revokedAt: number): void {
        const changes = translated(() => this.#sql.revokeDevice.run({ id, revokedAt }))
        if (changes === 0) throw deviceUnknown(id)
    }

    /**
     * Stores a batch in one transaction, on the disk when this returns. A
     * reading whose sequence number is already stored for this boot is ignored.
     *
     * `ack` is the last sequence number: numbers missing before the batch are
     * readings the device dropped, since it sends its oldest reading first.
     *
     * @param seenAt Unix seconds
     * @param reported the status in the post. Without one `desired` stays
     * absent: a firmware that reports no status reads no longer response.
     * @throws AirpinError DEVICE_UNKNOWN
     */
    append(deviceId: string, batch: TimedBatch, seenAt: number, reported?: ReportedStatus): Appended {
        return this.#transaction(() => {
            const device = this.#deviceKey(deviceId)
            const losses = lossesOf(batch)
            const gap = Math.max(losses.gap, this.#gapBefore(device, batch))
            const boot = this.#saveBoot({ ...losses, device, id: batch.boot, gap })
            const inserted = this.#insertReadings(device, boot, batch)
            this.#sql.saveLastSeen.run({ device, seenAt })
            this.#saveClock(seenAt)
            const count = batch.values.length
            return {
                ack: batch.seq + count - 1,
                ...this.#exchangeState(device, seenAt, reported),
                inserted,
                repeated: count - inserted,
            }
        })
    }

    /** The losses of each boot, in the order in which the boots were first stored. */
    bootLosses(deviceId: string): (Losses & { id: string })[] {
        return translated(() => this.#sql.bootLosses.all({ id: deviceId }))
    }

    /** @throws AirpinError DEVICE_UNKNOWN */
    deviceState(deviceId: string): DeviceState {
        return translated(() => readDeviceState(this.#sql, this.#deviceKey(deviceId)))
    }

    /**
     * Sets desired settings, as a new revision: those desired before, with the changes.
     *
     * @param setAt Unix seconds
     * @throws AirpinError DEVICE_UNKNOWN
     */
    setDesired(deviceId: string, changes: SettingValues, setAt: number): DeviceSettings {
        return this.#transaction(() => setDesired(this.#sql, this.#deviceKey(deviceId), changes, setAt))
    }

    /** The reading that ended last; of two that ended together, the one of the boot stored later. */
    latest(deviceId: string): Reading | undefined {
        const row = translated(() => this.#sql.latest.first({ id: deviceId }))
        return row && readingOf(row)
    }

    /**
     * At most `limit` readings in the order of time.
     *
     * @param after `next` of the previous page
     * @throws AirpinError AFTER_INVALID
     */
    readings(deviceId: string, range: TimeRange, limit: number, after?: string): ReadingPage {
        const [time, boot, seq] = cursorOf(after)
        const rows = translated(() =>
            this.#sql.readings.all({
                id: deviceId,
                from: Math.max(range.from, time),
                to: range.to,
                time,
                boot,
                seq,
                limit: limit + 1,
            }),
        )
        const page = rows.slice(0, limit)
        const last = page.at(-1)
        const next = last && rows.length > limit ? `${last.time}.${last.bootKey}.${last.seq}` : null
        return { readings: page.map(readingOf), next }
    }

    /**
     * Means over `step` seconds, aligned to multiples of `step` since 1970, rounded to the decimals of
     * each quantity.
     */
    means(deviceId: string, range: TimeRange, step: number): MeanReading[] {
        return translated(() =>
            step % HOUR_S === 0
                ? this.#sql.hourMeans.all({ id: deviceId, ...byHours(range), step })
                : this.#sql.means.all({ id: deviceId, ...range, step }),
        )
    }

    /**
     * The lowest CO2 in the hours that ended after `from`; null if none was measured.
     *
     * @throws AirpinError DEVICE_UNKNOWN
     */
    lowestCo2(deviceId: string, from: number): LowestCo2 | null {
        const row = translated(() => this.#sql.lowestCo2.first({ device: this.#deviceKey(deviceId), from }))
        const { ppm = null, at = null, hours = null } = row ?? {}
        return ppm === null || at === null || hours === null ? null : { ppm, at, hours }
    }

    /** The server's time when a batch was last stored, within ten minutes, Unix seconds; undefined before the first. */
    storedAt(): number | undefined {
        return translated(() => this.#sql.clock.first({})?.storedAt)
    }

    /** Throws if the store cannot take a batch now. Writes to find out, unless a write succeeded within 5 s. */
    check(): void {
        const isDue = performance.now() - this.#wroteAtMs >= WRITE_CHECK_INTERVAL_MS
        if (isDue) this.#transaction(() => rewriteSchemaVersion(this.#database))
        else translated(() => this.#database.exec("BEGIN IMMEDIATE; ROLLBACK"))
    }

    close(): void {
        this.#database.close()
    }

    #saveBoot(boot: Losses & { device: number; id: string }): number {
        const row = this.#sql.saveBoot.first(boot)
        if (row === undefined) throw new AirpinError("STORE_FAILED", `the boot ${boot.id} was not stored`)
        return row.key
    }

    #exchangeState(device: number, seenAt: number, reported?: ReportedStatus): { desired?: DesiredSettings } {
        if (reported === undefined) return {}
        saveStatus(this.#sql, device, reported, seenAt)
        const desired = pendingSettings(this.#sql, device)
        return desired === undefined ? {} : { desired }
    }

    #deviceKey(id: string): number {
        const row = this.#sql.deviceKey.first({ id })
        if (row === undefined) throw deviceUnknown(id)
        return row.key
    }

    /**
     * Intervals without a reading before the first of a boot that is not stored
     * yet, on multiples of `step` since 1970, as the device counts them. A device
     * whose power failed while its flash held no reading cannot report them. If
     * the boot's first readings were dropped, their sequence numbers show when
     * they were taken; intervals without a reading between them and this batch
     * count too.
     */
    #gapBefore(device: number, { boot, seq, time, step }: TimedBatch): number {
        if (this.#sql.boot.first({ device, id: boot })) return 0
        const lastEnd = this.#sql.lastEnd.first({ device })?.time ?? null
        if (lastEnd === null) return 0
        const firstEnd = time - (seq - 1) * step
        return Math.max(0, Math.ceil(firstEnd / step) - Math.ceil(lastEnd / step) - 1)
    }

    /** Returns the number of readings that were new. */
    #insertReadings(device: number, boot: number, batch: TimedBatch): number {
        const readings = batch.values.map((values, index) => ({
            seq: batch.seq + index,
            time: batch.time + index * batch.step,
            values,
        }))
        const inserted = readings.filter(
            ({ seq, time, values }) => this.#sql.insertReading.run({ device, boot, seq, time, ...values }) > 0,
        )
        for (const hour of hourSums(inserted)) this.#sql.addToHour.run({ device, ...hour })
        return inserted.length
    }

    /** Written only every ten minutes of a clock that runs, to save a page of the log with each batch. */
    #saveClock(storedAt: number): void {
        const before = this.#sql.clock.first({})?.storedAt
        if (before === undefined) this.#sql.addClock.run({ storedAt })
        else if (Math.abs(storedAt - before) >= CLOCK_INTERVAL_S) this.#sql.saveClock.run({ storedAt })
    }

    #transaction<Result>(work: () => Result): Result {
        return translated(() => {
            this.#database.exec("BEGIN IMMEDIATE")
            try {
                const result = work()
                this.#database.exec("COMMIT")
                this.#wroteAtMs = performance.now()
                return result
            } catch (error) {
                this.#wroteAtMs = -Infinity
                // SQLite rolls back by itself when the disk is full
                if (this.#database.isTransaction) this.#database.exec("ROLLBACK")
                throw error
            }
        })
    }
}

function translated<Result>(work: () => Result, path?: string): Result {
    try {
        return work()
    } catch (error) {
        throw storeError(error, path)
    }
}

function readingOf(row: ReadingRow): Reading {
    const { bootKey: _, ...reading } = row
    return reading
}

/** The place of a reading in the order of pages: its time, its boot's key and its sequence number. */
function cursorOf(after = "0.0.0"): [time: number, boot: number, seq: number] {
    const [, time, boot, seq] = /^(\d{1,12})\.(\d{1,12})\.(\d{1,12})$/.exec(after) ?? []
    if (seq === undefined)
        throw new AirpinError("AFTER_INVALID", `after is ${JSON.stringify(after)}, which no page gave as next`)
    return [Number(time), Number(boot), Number(seq)]
}

function deviceUnknown(id: string): AirpinError {
    return new AirpinError("DEVICE_UNKNOWN", `there is no device ${id}`)
}
