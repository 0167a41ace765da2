import assert from "node:assert/strict"
import type { LocalCa } from "../../certs/local-ca.ts"
import type { Reading } from "../../devs/api/store/records.ts"
import type { Chip } from "../../devs/image/chip.ts"
import type { DeviceEvent } from "../../devs/sim/chip/device-log.ts"
import { parseFault } from "../../devs/sim/faults/fault.ts"
import { kindOf } from "../../devs/sim/faults/kinds.ts"
import { Office, START_MS } from "../support/office.ts"
import { temporaryCa } from "../support/tls-servers.ts"

const INTERVAL_S = 20
const BATCH = 5
/** Time for the last readings to arrive after the device has recovered. */
const SETTLE_MINUTES = 6

interface Row {
    /** maximum minutes from the end of the fault to the next acknowledgement */
    minutes: number
    /** end of the fault, minutes after the start, if `at` and `for` do not give it */
    endsAt?: number
    /**
     * range of intervals without a reading; the device counts them, or the server if the flash held no
     * earlier reading
     */
    gap?: [min: number, max: number]
    /** the runtime finds its store damaged and formats it, program included: nothing is sent any more */
    dies?: true
    /** intervals without a reading are expected, because the sensor failed */
    blind?: true
    /** minimum number of restarts by the firmware */
    restarts?: number
    /** a state of the uplink or a sensor that must have been logged */
    shows?: string
    withSgp30?: true
    /** esp32 if absent */
    chip?: Chip
}

/** The longest back-off, the timeout of an exchange, and a batch. */
const BACKOFF = 8
/** Three attempts of 5 minutes with their back-offs, the restart, and a normal delivery. */
const STALL = 30
/** If restarts do not help, the chip restarts after 6 silent attempts, then after 12. */
const LONG_STALL = 120

const rows: Record<string, Row> = {
    "wifi-off at=12m for=20m": { minutes: 3, shows: "no-network" },
    "wifi-off at=12m for=10s": { minutes: 4 },
    "wifi-off at=12m for=3h": { minutes: 3, shows: "no-network" },
    "wifi-silent at=12m for=20m": { minutes: 3, shows: "no-network" },
    "wifi-silent at=12m for=10s": { minutes: 4 },
    "connect-timeout at=12m for=20m": { minutes: BACKOFF, shows: "no-connection" },
    "dns-fail at=12m for=20m": { minutes: BACKOFF, shows: "no-connection" },
    "dns-fail at=0 for=1h chance=0.5": { minutes: BACKOFF },
    "connect-refused at=12m for=20m": { minutes: BACKOFF, shows: "no-connection" },
    "connect-refused at=12m for=3h": { minutes: BACKOFF, shows: "no-connection" },
    "connect-silent at=12m for=20m": { minutes: STALL, restarts: 1, gap: [0, 1], shows: "no-connection" },
    "connect-silent at=12m for=20m times=1": { minutes: STALL, restarts: 1, gap: [0, 1], shows: "no-connection" },
    "tls-stall at=12m for=20m after=hello": { minutes: STALL, restarts: 1, gap: [0, 1], shows: "no-connection" },
    "tls-stall at=12m for=20m after=flight": { minutes: STALL, restarts: 1, gap: [0, 1], shows: "no-connection" },
    "tls-stall at=12m for=6m lasts=40s": { minutes: BACKOFF },
    "tls-stall at=12m for=6m lasts=7m": { minutes: 2 * BACKOFF, shows: "no-connection" },
    "tls-stall at=12m for=6m lasts=7m after=flight": { minutes: 2 * BACKOFF, shows: "no-connection" },
    "tls-stall at=12m for=6m lasts=7m result=complete": { minutes: 2 * BACKOFF, shows: "no-connection" },
    "tls-stall at=12m for=6m lasts=7m result=complete after=flight": { minutes: 2 * BACKOFF, shows: "no-connection" },
    "tls-stall at=12m for=6m lasts=14m": { minutes: 3 * BACKOFF, shows: "no-connection" },
    "tls-stall at=12m for=20m, wifi-off at=20m for=1m": { minutes: STALL, restarts: 1, gap: [0, 1] },
    "tls-stall at=12m for=3h": { minutes: LONG_STALL, restarts: 2, gap: [0, 3], shows: "no-connection" },
    "tls-impostor at=12m for=20m": { minutes: BACKOFF, shows: "refused" },
    "tls-impostor at=12m for=5m times=1": { minutes: BACKOFF, shows: "refused" },
    "request-cut at=12m for=20m byte=0": { minutes: BACKOFF, shows: "no-connection" },
    "request-cut at=12m for=20m byte=100": { minutes: BACKOFF, shows: "no-connection" },
    "request-cut at=12m for=20m byte=200": { minutes: BACKOFF, shows: "no-connection" },
    "request-cut at=12m for=20m byte=100000": { minutes: BACKOFF, shows: "no-connection" },
    "response-cut at=12m for=20m byte=0": { minutes: BACKOFF, shows: "no-connection" },
    "response-cut at=12m for=20m byte=30": { minutes: BACKOFF, shows: "broken" },
    "response-cut at=12m for=20m byte=76": { minutes: BACKOFF, shows: "broken" },
    "response-cut at=12m for=20m byte=100000": { minutes: BACKOFF },
    "response-lost at=12m for=20m": { minutes: BACKOFF, shows: "no-connection" },
    "response-lost at=12m for=20m end=silence": { minutes: BACKOFF, shows: "no-connection" },
    "response-lost at=0 for=1h chance=0.4": { minutes: BACKOFF },
    "response-drip at=12m for=20m every=1s": { minutes: BACKOFF, shows: "no-connection" },
    "response-drip at=12m for=20m every=50ms": { minutes: BACKOFF },
    "response-garbage at=12m for=20m": { minutes: BACKOFF, shows: "broken" },
    "response-garbage at=12m for=20m bytes=30000": { minutes: BACKOFF, shows: "broken" },
    "response-garbage at=12m for=20m bytes=100000": { minutes: BACKOFF, shows: "broken" },
    "response-status at=12m for=20m code=500": { minutes: BACKOFF, shows: "broken" },
    "response-status at=12m for=20m code=404": { minutes: BACKOFF, shows: "broken" },
    "response-status at=12m for=20m code=302": { minutes: BACKOFF, shows: "broken" },
    "response-status at=12m for=20m code=204": { minutes: BACKOFF, shows: "broken" },
    "response-status at=12m for=20m code=200": { minutes: BACKOFF, shows: "broken" },
    "response-status at=12m for=20m code=503 retryAfter=120": { minutes: 3, shows: "busy" },
    "response-status at=12m for=20m code=429 retryAfter=30": { minutes: 3, shows: "busy" },
    "response-status at=12m for=20m code=401": { minutes: 6, shows: "unauthorised" },
    "response-status at=12m for=20m code=403": { minutes: 6, shows: "unauthorised" },
    "response-status at=12m for=20m code=413": { minutes: BACKOFF, shows: "rejected" },
    "response-status at=12m for=20m code=422": { minutes: BACKOFF, shows: "broken" },
    "response-status at=12m for=20m code=400 page=900": { minutes: BACKOFF, shows: "broken" },
    "response-status at=12m for=20m code=422 page=5000": { minutes: BACKOFF, shows: "broken" },
    "response-length at=12m for=20m by=10": { minutes: BACKOFF, shows: "no-connection" },
    "response-length at=12m for=20m by=-5": { minutes: BACKOFF, shows: "broken" },
    "response-chunked at=12m for=20m bytes=1": { minutes: BACKOFF },
    "response-chunked at=12m for=20m bytes=7": { minutes: BACKOFF },
    "response-headers at=12m for=20m": { minutes: BACKOFF, shows: "broken" },
    "response-headers at=12m for=20m bytes=4000": { minutes: BACKOFF },
    "response-headers at=12m for=20m bytes=60000": { minutes: BACKOFF, shows: "broken" },
    "response-twice at=12m for=20m": { minutes: BACKOFF },
    "server-clock at=12m for=20m by=2h": { minutes: BACKOFF, shows: "busy" },
    "server-clock at=12m for=20m by=-2h": { minutes: BACKOFF, shows: "busy" },
    "server-clock at=12m for=20m by=-175200h": { minutes: BACKOFF, shows: "busy" },
    "server-clock at=12m for=20m by=30d": { minutes: BACKOFF, shows: "busy" },
    "i2c-stuck at=12m for=20m": { minutes: BACKOFF, blind: true, shows: "absent", chip: "esp32c3", withSgp30: true },
    "i2c-stuck at=12m for=20m sensor=sgp30": { minutes: BACKOFF, shows: "absent", chip: "esp32s3", withSgp30: true },
    "i2c-stuck at=0 for=12m": { minutes: BACKOFF, blind: true, chip: "esp32s2" },
    "sensor-nack at=12m for=5m": { minutes: BACKOFF, blind: true, shows: "failed" },
    "sensor-nack at=12m for=20m chance=0.1": { minutes: BACKOFF, blind: true },
    "sensor-crc at=12m for=5m": { minutes: BACKOFF, blind: true, shows: "failed" },
    "sensor-crc at=12m for=20m chance=0.2 sensor=sgp30": { minutes: BACKOFF, withSgp30: true },
    "sensor-stuck at=12m for=20m": { minutes: BACKOFF, blind: true, shows: "failed" },
    "sensor-unplugged at=12m for=20m": { minutes: BACKOFF, blind: true, shows: "failed" },
    "sensor-unplugged at=12m for=20m sensor=sgp30": { minutes: BACKOFF, withSgp30: true, shows: "failed" },
    "sensor-hot-plug at=12m": { minutes: BACKOFF, endsAt: 12, blind: true, shows: "absent" },
    "power-cut at=12m for=1s": { minutes: 5, gap: [0, BATCH + 1] },
    "power-cut at=12m for=20m": { minutes: 5, gap: [60, 61 + BATCH] },
    "connect-refused at=12m for=40m, power-cut at=38m for=3m": { minutes: BACKOFF, endsAt: 52, gap: [9, 45] },
    "brown-out at=12m": { minutes: 5, endsAt: 12.2, gap: [0, 6] },
    "brown-out at=12m cuts=8 every=3s off=1s": { minutes: 5, endsAt: 12.4, gap: [1, 7] },
    "brown-out at=12m cuts=4 every=2m off=10s": { minutes: 5, endsAt: 18.2, gap: [2, 24] },
    "connect-refused at=12m for=40m, brown-out at=38m cuts=5": { minutes: BACKOFF, endsAt: 52, gap: [1, 45] },
    "connect-refused at=12m for=40m, flash-cut at=12m operation=1 for=30s": {
        minutes: BACKOFF,
        endsAt: 52,
        gap: [30, 60],
    },
    "connect-refused at=12m for=40m, flash-cut at=12m operation=3 for=30s": {
        minutes: BACKOFF,
        endsAt: 52,
        gap: [1, 60],
    },
    "connect-refused at=12m for=40m, flash-cut at=12m operation=2 for=30s": { minutes: 0, endsAt: 52, dies: true },
    "connect-refused at=12m for=40m, flash-cut at=12m operation=3 written=50 for=30s": {
        minutes: 0,
        endsAt: 52,
        dies: true,
    },
}

describe("a device recovers from", () => {
    let authority: LocalCa
    let impostor: LocalCa
    before(async () => {
        const names = { rootName: "Office root", intermediateName: "Office CA" }
        authority = await temporaryCa(names)
        impostor = await temporaryCa(names)
    })

    for (const [words, row] of Object.entries(rows))
        it(words, async () => {
            const faults = words.split(", ").map(parseFault)
            const office = await Office.open(
                authority,
                { INTERVAL_S: String(INTERVAL_S), BATCH: String(BATCH) },
                { faults, impostor, ...row },
            )
            try {
                const endsAt =
                    row.endsAt ?? Math.max(...faults.map(({ at = 0, for: seconds = 0 }) => at + seconds)) / 60
                await office.runMinutes(endsAt)
                assertTriggered(office, faults.length)
                if (row.dies) return await assertDead(office)
                const before = office.events.length
                for (let minute = 0; !acknowledged(office, before); minute++) {
                    assert.ok(minute < row.minutes, `nothing acknowledged ${row.minutes} minutes after the fault`)
                    await office.runMinutes(1)
                }
                await office.runMinutes(SETTLE_MINUTES)
                await assertWhole(office, row)
            } finally {
                await office.close()
            }
        })
})

function acknowledged(office: Office, since: number): boolean {
    return office.events.slice(since).some(({ event }) => event === "ack")
}

/** Each fault has started, and one of a connection, exchange or transfer was triggered. */
function assertTriggered({ notes, events }: Office, faults: number): void {
    const started = notes.filter(({ state }) => state === "starts").map(({ fault }) => fault)
    assert.equal(started.length, faults)
    for (const fault of started) {
        const { scope } = kindOf(fault)
        if (scope === "transfer")
            assert.ok(
                events.some(({ values }) => values.error && fault.kind.endsWith(values.error)),
                fault.kind,
            )
        else if (scope || fault.kind === "flash-cut")
            assert.ok(
                notes.some(note => note.fault === fault && note.state === "triggers"),
                fault.kind,
            )
    }
}

/** The store was formatted, and the device sends nothing any more. */
async function assertDead(office: Office): Promise<void> {
    const [stored, events] = [await office.stored(), office.events.length]
    assert.ok(office.log.some(line => line.includes("fstor: formatting")))
    await office.runMinutes(60)
    assert.deepEqual([await office.stored(), office.events.length], [stored, events])
}

async function assertWhole(office: Office, row: Row): Promise<void> {
    const stored = await office.readings()
    const logged = readingsLogged(office.events)
    assert.equal(new Set(stored.map(({ boot, seq }) => `${boot} ${seq}`)).size, stored.length)
    for (const reading of stored) assert.deepEqual(valuesOf(reading), logged.get(`${reading.boot} ${reading.seq}`))
    assert.ok(logged.size - stored.length < BATCH + (row.gap?.[1] ?? 0), `${stored.length} of ${logged.size} readings`)
    if (!row.gap) assertInOrder(stored)
    if (!row.blind) assertGap(stored, (await office.known).gap, row)
    assert.deepEqual([(await office.known).lost, office.impostorBytes, office.device.panics], [0, 0, 0])
    assert.deepEqual(
        office.events.filter(({ event }) => event === "lost" || event === "fault"),
        [],
    )
    assert.ok(
        office.device.restarts >= (row.restarts ?? 0) && (row.restarts || office.device.restarts === 0),
        `${office.device.restarts} restarts`,
    )
    if (row.shows)
        assert.ok(
            office.events.some(({ values }) => values.state === row.shows),
            `${row.shows} was not logged`,
        )
}

/** Of each boot, all readings from the first to the newest are stored. */
function assertInOrder(stored: Reading[]): void {
    for (const boot of new Set(stored.map(({ boot }) => boot))) {
        const seqs = stored
            .filter(reading => reading.boot === boot)
            .map(({ seq }) => seq)
            .sort((a, b) => a - b)
        assert.deepEqual(
            seqs,
            seqs.map((_, at) => at + 1),
            boot,
        )
    }
}

/** The device's `gap` is the number of intervals without a reading. */
function assertGap(stored: Reading[], gap: number, { gap: [min, max] = [0, 0] }: Row): void {
    const intervals = stored.map(({ time }) => Math.ceil(time / INTERVAL_S))
    assert.equal(new Set(intervals).size, intervals.length)
    const missing = intervals.at(-1)! - intervals[0]! + 1 - intervals.length
    assert.equal(gap, missing)
    assert.ok(missing >= min && missing <= max, `${missing} intervals without a reading`)
    assert.ok(intervals[0]! * INTERVAL_S <= START_MS / 1000 + 3 * INTERVAL_S)
}

const quantities = ["co2Ppm", "eco2Ppm", "tvocPpb", "temperatureC", "humidityRh"] as const

function valuesOf(reading: Reading): Record<string, number> {
    return Object.fromEntries(
        quantities
            .filter(name => reading[name] !== undefined && reading[name] !== null)
            .map(name => [name, reading[name]!]),
    )
}

/** The readings in the device's log, by boot and sequence number. */
function readingsLogged(events: DeviceEvent[]): Map<string, Record<string, number>> {
    const logged = new Map<string, Record<string, number>>()
    let boot = ""
    for (const { event, values } of events) {
        if (event === "boot") boot = values.id!
        if (event !== "reading") continue
        const { seq, end, ...measured } = values
        logged.set(
            `${boot} ${seq}`,
            Object.fromEntries(Object.entries(measured).map(([name, text]) => [name, Number(text)])),
        )
    }
    return logged
}
