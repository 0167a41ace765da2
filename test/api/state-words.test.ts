import assert from "node:assert/strict"

/** A script for browsers, so it has no types. */
const { careWords, factWords, partWords } = await import(
    new URL("../../devs/api/page/state-words.js", import.meta.url).href
)

const noLosses = { lost: 0, rejected: 0, undated: 0, damaged: 0, gap: 0 }
const quiet = {
    seenAge: 40,
    status: { age: 40, unread: [], uptimeS: 270_000, handshakes: 1 },
    starts: { power: 1 },
    boots: 1,
    settings: null,
    ...noLosses,
}
const settings = { revision: 2, desired: { INTERVAL_S: 30, ASC: 0 }, applied: { revision: 2, refused: [] as string[] } }

describe("the state of a part in words", () => {
    const parts: [part: object, level: string, words: string][] = [
        [{}, "harmless", "ready"],
        [{ nack: 1 }, "harmless", "ready, 1 error"],
        [{ state: "starting" }, "unknown", "starting"],
        [{ state: "warming" }, "unknown", "warming"],
        [{ state: "absent", nack: 100, stale: 40 }, "unacceptable", "absent, 140 errors"],
        [{ state: "failed", crc: 2, range: 3 }, "unacceptable", "failed, 5 errors"],
        [{ selfTestFailed: true }, "unacceptable", "failed its own test"],
        [{ state: "calibrating" }, "elevated", "calibrating"],
    ]
    for (const [part, level, words] of parts) {
        it(`is "${words}", ${level}`, () => {
            assert.deepEqual(partWords({ scd41: part }), [{ name: "scd41", level, words }])
        })
    }

    it("is nothing where no part was told of", () => {
        assert.deepEqual(partWords(undefined), [])
    })
})

describe("what needs care", () => {
    const told = (more: object) => careWords({ ...quiet, status: { ...quiet.status, ...more } })

    it("is nothing on a good day", () => {
        assert.deepEqual(careWords(quiet), [])
        assert.deepEqual(careWords({ ...quiet, status: null, settings }), [])
    })

    it("is a refused TLS connection, for a day", () => {
        assert.deepEqual(told({ handshakeFailures: 1, handshakeFailureAgeS: 500 }), [
            "1 TLS connection refused, the last 9 minutes ago",
        ])
        assert.deepEqual(told({ handshakeFailures: 2, handshakeFailureAgeS: 86_300 }), [
            "2 TLS connections refused, the last 23 hours ago",
        ])
        assert.deepEqual(told({ handshakeFailures: 2, handshakeFailureAgeS: 86_360 }), [])
    })

    it("are failed tries, with what became of the last", () => {
        assert.deepEqual(told({ failures: 1, lastError: "no-connection:name" }), [
            "1 try failed before the last post: no connection to the server (name)",
        ])
        assert.deepEqual(told({ failures: 12, lastError: "overslept" }), [
            "12 tries failed before the last post: overslept",
        ])
        assert.deepEqual(told({ lastError: "no-connection:name" }), [])
    })

    it("are settings that wait, and those that the device refused", () => {
        const of = (more: object) => careWords({ ...quiet, settings: { ...settings, ...more } })
        assert.deepEqual(of({}), [])
        assert.deepEqual(of({ applied: null }), ["New settings wait for its next post"])
        assert.deepEqual(of({ applied: { revision: 2, refused: ["ASC", "BATCH"] } }), [
            "Settings the device refused: ASC, BATCH",
        ])
        assert.deepEqual(of({ applied: { revision: 1, refused: ["ASC"] } }), [
            "New settings wait for its next post",
            "Settings the device refused: ASC",
        ])
    })

    it("is what the server does not know", () => {
        assert.deepEqual(told({ unread: ["status.volts", "status.watts"] }), [
            "Tells what this server does not know: status.volts, status.watts",
        ])
    })
})

describe("all there is to know of a device", () => {
    it("is short on a good day", () => {
        assert.deepEqual(factWords(quiet), [
            ["Last seen", "40 seconds ago"],
            ["Running for", "3 days"],
            ["Last start", "switched on or reset"],
            ["Starts", "1 × switched on or reset; readings of 1 boot"],
            ["Waiting", "nothing"],
            ["Lost", "nothing"],
            ["TLS", "1 connection, 0 refused"],
        ])
    })

    it("holds every number on a bad one", () => {
        const sensors = {
            scd41: { recalibrated: -12 },
            sgp30: { state: "failed", nack: 7, crc: 2, stale: 1, range: 3, selfTestFailed: true },
            scd30: { recalibrated: "done" },
            sht3x: { recalibrated: "refused" },
        }
        const status = {
            age: 100,
            unread: [],
            uptimeS: 4000,
            restartReason: "stalled",
            ram: 12,
            flash: 480,
            rssi: -83,
            handshakes: 3,
            handshakeFailures: 2,
            handshakeFailureAgeS: 500,
            failures: 2,
            lastError: "refused:handshake",
            sensors,
        }
        const device = {
            seenAge: 100,
            status,
            starts: { power: 9, stalled: 2, brownout: 1 },
            boots: 14,
            settings,
            lost: 40,
            rejected: 1,
            undated: 4,
            damaged: 5,
            gap: 12,
        }
        assert.deepEqual(factWords(device), [
            ["Last seen", "1 minute ago"],
            ["Running for", "1 hour"],
            ["Last start", "restarted because its connection hung"],
            [
                "Starts",
                "9 × switched on or reset, 2 × restarted because its connection hung, 1 × brownout; readings of 14 boots",
            ],
            ["Waiting", "12 readings in RAM, 480 in flash only"],
            [
                "Lost",
                "1 not taken by the server, 4 without a time, 5 damaged in flash, 30 for want of room, 12 missing around power cuts",
            ],
            ["Wi-Fi signal", "−83 dBm"],
            ["TLS", "3 connections, 2 refused, the last 10 minutes ago"],
            ["Last error", "the TLS handshake failed (handshake)"],
            ["Settings", "INTERVAL_S 30, ASC 0 (revision 2, applied)"],
            ["SCD41", "ready, recalibrated by −12 ppm"],
            [
                "SGP30",
                "failed, failed its own test, 7 not acknowledged, 2 with a bad check sum, 1 with nothing new, 3 with an impossible value",
            ],
            ["SCD30", "ready, recalibration done"],
            ["SHT3X", "ready, recalibration refused"],
        ])
    })

    it("is little of a device that told nothing yet", () => {
        assert.deepEqual(
            factWords({ ...quiet, seenAge: null, status: null, starts: {}, settings: { ...settings, applied: null } }),
            [
                ["Last seen", "never"],
                ["Lost", "nothing"],
                ["Settings", "INTERVAL_S 30, ASC 0 (revision 2, not applied yet)"],
            ],
        )
    })
})
