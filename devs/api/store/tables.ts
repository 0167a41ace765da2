/**
 * The tables of the database, alike on SQLite and PostgreSQL. Points in time are whole Unix seconds. Every key begins
 * with the device, so that a database of many machines can keep a device's rows together.
 *
 * Quantities are whole numbers: a quantity with two decimals is stored in hundredths (`temperatureC100`). Small whole
 * numbers take 2 bytes on the disk where a float takes 8, and their sums are exact. See `quantity-columns.ts`.
 */
import type { Losses } from "./records.ts"

/** A column per quantity. */
export interface QuantityColumns<Value> {
    co2Ppm: Value
    eco2Ppm: Value
    tvocPpb: Value
    temperatureC100: Value
    humidityRh100: Value
}

export type QuantityColumn = keyof QuantityColumns<unknown>

/** The losses are those of all boots together. */
export interface DeviceTable extends Losses {
    /** assigned by airpin, from 1 */
    key: number
    /** what people and devices write */
    id: string
    name: string
    tokenSha256: string
    createdAt: number
    revokedAt: number | null
    /** when its last batch was stored */
    lastSeenAt: number | null
    /** end of its newest reading, also when retention has deleted that */
    newestAt: number | null
    /** number of boots of which readings were stored */
    boots: number
    /** day of `usageBoots` and `usageBytes`, in days since 1970 */
    usageDay: number
    /** new boots, and bytes of posts, on that day */
    usageBoots: number
    usageBytes: number
    /** retention of its own, days; null: that of the server; 0: for ever */
    rawDays: number | null
    fiveMinuteDays: number | null
}

/** A start of a device whose readings were stored. */
export interface BootTable extends Losses {
    device: number
    /** number of the boot among those of its device, from 1 */
    boot: number
    id: string
}

/**
 * The sequence numbers of a boot whose readings were stored, as ranges with both ends; ranges neither overlap nor
 * touch. They show a repeated reading also after retention has deleted the first.
 */
export interface ReceivedTable {
    device: number
    boot: number
    firstSeq: number
    lastSeq: number
}

/** `time` is the end of the reading's interval. */
export interface ReadingTable extends QuantityColumns<number | null> {
    device: number
    time: number
    boot: number
    seq: number
}

/** Sums of the readings that ended in the 5 minutes, the hour or the day (UTC) up to `time`. */
export type RollUpTable = {
    device: number
    time: number
    /** readings */
    count: number
    co2PpmMin: number | null
    co2PpmMax: number | null
} & { [Column in QuantityColumn as `${Column}Count` | `${Column}Sum`]: number }

/** The last reported status: JSON. */
export interface StatusTable {
    device: number
    at: number
    status: string
    unread: string
}

export interface StartTable {
    device: number
    restartReason: string
    count: number
}

/** Desired settings: JSON; the last three are null together, before the first report. */
export interface SettingsTable {
    device: number
    revision: number
    setAt: number
    desired: string
    appliedRevision: number | null
    appliedAt: number | null
    refused: string | null
}

/** What the server itself remembers, by name. */
export interface StateTable {
    name: string
    value: string
}

/** Who of several processes does what must be done once, by what it is. `beat` rises with each renewal. */
export interface LeaseTable {
    name: string
    owner: string
    beat: number
}

/** Seconds between a device's posts, as observed; null: not known. */
export interface RhythmTable {
    device: number
    postEveryS: number | null
}

/** Limits of alerts that a device has of its own; null: those of the server. */
export interface AlertLimitTable {
    device: number
    co2Ppm: number | null
    co2Minutes: number | null
    silentMinutes: number | null
}

/** An alert; `openKey` is its key while it is open, so that one at a time is open for each key. */
export interface AlertTable {
    id: string
    key: string
    openKey: string | null
    kind: "co2" | "silent" | "sensor" | "certificate" | "pin" | "disk" | "clock" | "edge"
    /** the three are null for an alert about the server; the device may be deleted meanwhile */
    device: number | null
    deviceId: string | null
    deviceName: string | null
    openedAt: number
    resolvedAt: number | null
    text: string
    /** JSON */
    details: string
}

/** A message about an alert on a channel. */
export interface AlertDeliveryTable {
    alert: string
    event: "raised" | "resolved"
    channel: "webhook" | "ntfy" | "email"
    status: "pending" | "delivered" | "cancelled" | "failed"
    attempts: number
    nextAttemptAt: number
    /** when it was delivered, cancelled or given up */
    doneAt: number | null
    /** why the last attempt failed */
    error: string | null
}

/** What a device trusts, from the manifest of the image that was flashed. */
export interface DevicePinsTable {
    device: number
    storedAt: number
    /** name of the image's file, and its SHA-256 in lower-case hex */
    imageFile: string
    imageSha256: string
    /** name of the board, for people */
    board: string
    /** JSON: servers the anchors were chosen for, HOST:PORT */
    hosts: string
    /** JSON: `PinnedAnchor`s of pins/device-pins.ts */
    anchors: string
    /** the bundle's bytes as flashed, base64 */
    bundle: string
}

/** What belongs to the whole school, in one row; no row: nothing was set yet. */
export interface SiteTable {
    /** always 1 */
    key: number
    /** rises by 1 with each change, from 1 */
    revision: number
    /** JSON: `SiteDocument` of site/site.ts */
    document: string
}

/** Who may see everything and change who reads. */
export interface AdminTable {
    name: string
    /** Argon2id in PHC form */
    passwordHash: string
    createdAt: number
    /** when the password was set */
    passwordAt: number
}

/** Whoever has a link may read. Of its token only the SHA-256 is kept, as of those of sessions. */
export interface LinkTable {
    tokenSha256: string
    /** for people */
    name: string
    /** viewer: it shows readings; admin: opening it logs in */
    role: "viewer" | "admin"
    /** the only device that it shows; null: every device */
    device: number | null
    createdAt: number
    /** null: never */
    expiresAt: number | null
    revokedAt: number | null
    /** 1: it can be opened only once */
    once: number
    /** when a link for once was opened */
    openedAt: number | null
}

/** Logged-in admins: either `admin` or `link`, by which the session began, is set. */
export interface SessionTable {
    tokenSha256: string
    admin: string | null
    /** SHA-256 of the link's token */
    link: string | null
    createdAt: number
    expiresAt: number
}

export interface Tables {
    devices: DeviceTable
    boots: BootTable
    received: ReceivedTable
    readings: ReadingTable
    fiveMinutes: RollUpTable
    hours: RollUpTable
    days: RollUpTable
    statuses: StatusTable
    starts: StartTable
    settings: SettingsTable
    state: StateTable
    leases: LeaseTable
    rhythms: RhythmTable
    alertLimits: AlertLimitTable
    alerts: AlertTable
    alertDeliveries: AlertDeliveryTable
    devicePins: DevicePinsTable
    site: SiteTable
    admins: AdminTable
    links: LinkTable
    sessions: SessionTable
}
