import assert from "node:assert/strict"
import { alertChanges, type OpenAlert } from "../../../devs/api/alerts/changes.ts"
import {
    type DeviceFacts,
    judge as judgeAll,
    judgeDevice,
    type ServerFacts,
} from "../../../devs/api/alerts/conditions.ts"
import { alertSettings } from "../../../devs/api/alerts/settings.ts"

/** 2025-01-15T12:00:00Z */
const NOW_S = 1_736_942_400
const DAY_S = 86_400
const { limits } = alertSettings({})

const judge = (facts: ServerFacts, devices: DeviceFacts[]) =>
    judgeAll(
        facts,
        devices.flatMap(device => judgeDevice(device, facts, limits)),
        limits,
    )

const server = (more: Partial<ServerFacts> = {}): ServerFacts => ({
    nowS: NOW_S,
    reachableSinceS: 0,
    zone: "Europe/Berlin",
    clockDoubt: undefined,
    certificate: undefined,
    pins: [],
    disk: undefined,
    edge: undefined,
    ...more,
})

const device = (more: Partial<DeviceFacts> = {}): DeviceFacts => ({
    key: 3,
    id: "room-103",
    name: "Room 103",
    lastSeenAt: NOW_S - 60,
    newestAt: NOW_S - 60,
    applied: {},
    postEveryS: null,
    limits: { co2Ppm: null, co2Minutes: null, silentMinutes: null },
    poorPpm: 1400,
    co2: [],
    sensors: {},
    ...more,
})

/** The texts of the alerts that hold. */
const alerts = (facts: ServerFacts, devices: DeviceFacts[] = []) =>
    judge(facts, devices)
        .filter(({ holds }) => holds)
        .map(({ text }) => text)

const minutes = (count: number, ppm: number, nowS = NOW_S) =>
    Array.from({ length: count }, (_, at) => ({ time: nowS - (count - 1 - at) * 60, ppm }))

describe("alerts", () => {
    it("say what to do about CO2", () => {
        assert.deepEqual(alerts(server(), [device({ co2: minutes(20, 1620) })]), [
            "Room 103: CO2 1,620 ppm for 20 minutes: open a window",
        ])
    })

    it("use the CO2 limit of the device if it has one", () => {
        const own = { co2Ppm: 1000, co2Minutes: 5, silentMinutes: null }
        assert.deepEqual(alerts(server(), [device({ co2: minutes(5, 1001), limits: own })]), [
            "Room 103: CO2 1,001 ppm for 5 minutes: open a window",
        ])
        assert.deepEqual(alerts(server(), [device({ co2: minutes(5, 1001) })]), [])
    })

    it("use the limit of the server before that from which the air of the room is poor", () => {
        const facts = device({ co2: minutes(20, 1620), poorPpm: 2000 })
        const isBad = (co2Ppm: number | undefined) =>
            judgeDevice(facts, server(), { ...limits, co2Ppm }).some(({ kind, holds }) => kind === "co2" && holds)
        assert.deepEqual([1400, undefined].map(isBad), [true, false])
    })

    it("tell of a silent device by its own interval × batch", () => {
        const since = (seconds: number, more: Partial<DeviceFacts> = {}) =>
            alerts(server(), [device({ lastSeenAt: NOW_S - seconds, ...more })])
        assert.deepEqual(since(900), [])
        assert.deepEqual(since(901), [
            "Room 103: no readings for 15 minutes, since 15 Jan, 12:44: check its power and its Wi-Fi",
        ])
        const slow = { applied: { INTERVAL_S: 300, BATCH: 4 } }
        assert.deepEqual(since(3600, slow), [])
        assert.equal(since(3601, slow).length, 1)
        assert.deepEqual(since(3600, { postEveryS: 1800 }), [])
        assert.deepEqual(since(3600, { limits: { co2Ppm: null, co2Minutes: null, silentMinutes: 90 } }), [])
    })

    it("call no device silent that never posted, or before it had the time to post after a restart of the server", () => {
        assert.deepEqual(alerts(server(), [device({ lastSeenAt: null })]), [])
        const old = device({ lastSeenAt: NOW_S - 40_000 })
        assert.deepEqual(alerts(server({ reachableSinceS: NOW_S - 900 }), [old]), [])
        assert.equal(alerts(server({ reachableSinceS: NOW_S - 901 }), [old]).length, 1)
    })

    it("are one when many devices are silent at the same time", () => {
        const silent = (count: number) =>
            Array.from({ length: 8 }, (_, at) =>
                device({ key: at, name: `Room ${at}`, lastSeenAt: NOW_S - (at < count ? 1000 : 60) }),
            )
        assert.equal(alerts(server(), silent(4)).length, 4)
        assert.deepEqual(alerts(server(), silent(5)), [
            "5 devices send no readings: Room 0, Room 1, Room 2, …. Check their power and the Wi-Fi",
        ])
        const [all] = judge(server(), silent(4)).filter(({ key }) => key === "silent")
        assert.deepEqual([all?.holds, all?.text], [false, "Most devices send readings again"])
    })

    it("name the sensor that failed", () => {
        const sensors = {
            scd41: { state: "failed" as const },
            sht31: { state: "absent" as const },
            sgp30: { selfTestFailed: true },
            sps30: { state: "starting" as const },
            bmp: {},
        }
        assert.deepEqual(alerts(server(), [device({ sensors })]), [
            "Room 103: sensor SCD41 has failed: check its wiring, or replace it",
            "Room 103: sensor SHT31 does not respond: check its wiring",
            "Room 103: sensor SGP30 failed its self-test: replace it",
        ])
        const again = judge(server(), [device({ sensors: { scd41: { state: "warming" } } })])
        assert.equal(again.find(({ kind }) => kind === "sensor")?.text, "Room 103: sensor SCD41 works again")
    })

    it("come 14 days before the end of the certificate, and name the pin that ends first", () => {
        const certificate = { subject: "air.school.example", endsAt: NOW_S + 14 * DAY_S }
        const pins = [
            { subject: "Root A", endsAt: NOW_S + 400 * DAY_S },
            { subject: "Root B", endsAt: NOW_S - DAY_S },
        ]
        assert.deepEqual(alerts(server({ certificate, pins })), [
            "The pinned certificate Root B ended on 14 January 2025. Pin its successor: airpin pin --help",
        ])
        assert.deepEqual(alerts(server({ certificate: { ...certificate, endsAt: certificate.endsAt - 1 } })), [
            "The server's certificate air.school.example ends in 13 days, on 29 January 2025. Renew it, or browsers will refuse the server",
        ])
    })

    it("tell of a full disk until it has a fifth more than the limit", () => {
        const disk = (freeMb: number) => server({ disk: { freeBytes: freeMb * 1e6, totalBytes: 32e9 } })
        assert.deepEqual(alerts(disk(1000)), [])
        assert.deepEqual(alerts(disk(999)), [
            "The server's disk is almost full: 999 MB of 32,000 MB are free. Free space, or keep readings for a shorter time",
        ])
        const kinds = (freeMb: number) => judge(disk(freeMb), []).map(({ kind, holds }) => `${kind} ${holds}`)
        assert.deepEqual(kinds(1199), ["clock false", "silent false"])
        assert.deepEqual(kinds(1200), ["clock false", "disk false", "silent false"])
    })

    it("judge only the clock and the disk while the clock is in doubt", () => {
        const facts = server({
            clockDoubt: "the clock of this server says 2045",
            certificate: { subject: "air", endsAt: 0 },
            disk: { freeBytes: 9e9, totalBytes: 32e9 },
        })
        const devices = [device({ lastSeenAt: 1, co2: minutes(30, 3000) })]
        assert.deepEqual(
            judge(facts, devices).map(({ key, holds }) => [key, holds]),
            [
                ["clock", true],
                ["disk", false],
            ],
        )
    })
})

describe("changes of alerts", () => {
    const watched = new Set([3])
    const bad = (ppm: number) => judge(server(), [device({ co2: minutes(20, ppm) })])
    const room = { key: 3, id: "room-103", name: "Room 103" }
    const open = (text: string, isPending = true): OpenAlert[] => [
        { id: "a1", key: "co2:3", kind: "co2", device: room, text, isPending },
    ]

    it("raise what holds and is not open, once", () => {
        const { raised } = alertChanges([], bad(1620), watched)
        assert.deepEqual(
            raised.map(({ key }) => key),
            ["co2:3"],
        )
        const text = raised[0]!.text
        assert.deepEqual(alertChanges(open(text), bad(1620), watched), { raised: [], resolved: [], reworded: [] })
    })

    it("reword what still holds, as long as it is to be sent", () => {
        assert.deepEqual(alertChanges(open("before", false), bad(1900), watched).reworded, [])
        const { reworded } = alertChanges(open("before"), bad(1900), watched)
        assert.deepEqual(
            reworded.map(({ text }) => text),
            ["Room 103: CO2 1,900 ppm for 20 minutes: open a window"],
        )
    })

    it("resolve what no longer holds", () => {
        const { resolved } = alertChanges(open("before"), bad(900), watched)
        assert.deepEqual(
            resolved.map(({ alert, text }) => [alert.id, text]),
            [["a1", "Room 103: CO2 is down to 900 ppm"]],
        )
    })

    it("keep what nothing is known about", () => {
        const unknown = judge(server(), [device()])
        assert.deepEqual(alertChanges(open("before"), unknown, watched), { raised: [], resolved: [], reworded: [] })
    })

    it("resolve the alerts of a device that was revoked or deleted", () => {
        const { resolved } = alertChanges(open("before"), [], new Set())
        assert.deepEqual(
            resolved.map(({ text }) => text),
            ["Room 103: no longer watched"],
        )
    })
})
