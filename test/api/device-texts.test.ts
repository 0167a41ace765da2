import assert from "node:assert/strict"

/** A script for browsers, so it has no types. */
const { factTexts, missingText, sensorSummaries, warningTexts } = await import(
    new URL("../../devs/api/page/device-texts.js", import.meta.url).href
)

const { lowestCo2Note, lowestCo2Text } = await import(
    new URL("../../devs/api/page/lowest-co2.js", import.meta.url).href
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

describe("the summary of a sensor", () => {
    const sensors: [sensor: object, level: string, text: string][] = [
        [{}, "harmless", "ready"],
        [{ nack: 1 }, "harmless", "ready, 1 error"],
        [{ state: "starting" }, "unknown", "starting"],
        [{ state: "warming" }, "unknown", "warming"],
        [{ state: "absent", nack: 100, stale: 40 }, "unacceptable", "absent, 140 errors"],
        [{ state: "failed", crc: 2, range: 3 }, "unacceptable", "failed, 5 errors"],
        [{ selfTestFailed: true }, "unacceptable", "failed its self-test"],
        [{ state: "calibrating" }, "elevated", "calibrating"],
    ]
    for (const [sensor, level, text] of sensors) {
        it(`is "${text}", ${level}`, () => {
            assert.deepEqual(sensorSummaries({ scd41: sensor }), [{ name: "scd41", level, text }])
        })
    }

    it("is empty when no sensor was reported", () => {
        assert.deepEqual(sensorSummaries(undefined), [])
    })
})

describe("the warnings of a device", () => {
    const warningsOf = (more: object) => warningTexts({ ...quiet, status: { ...quiet.status, ...more } })

    it("are none on a good day", () => {
        assert.deepEqual(warningTexts(quiet), [])
        assert.deepEqual(warningTexts({ ...quiet, status: null, settings }), [])
    })

    it("name a failed TLS handshake, for a day", () => {
        assert.deepEqual(warningsOf({ handshakeFailures: 1, handshakeFailureAgeS: 500 }), [
            "1 TLS handshake failed, the last 9 minutes ago",
        ])
        assert.deepEqual(warningsOf({ handshakeFailures: 2, handshakeFailureAgeS: 86_300 }), [
            "2 TLS handshakes failed, the last 23 hours ago",
        ])
        assert.deepEqual(warningsOf({ handshakeFailures: 2, handshakeFailureAgeS: 86_360 }), [])
    })

    it("name failed attempts, with the error of the last", () => {
        assert.deepEqual(warningsOf({ failures: 1, lastError: "no-connection:name" }), [
            "1 attempt failed before the last post: no connection to the server (name)",
        ])
        assert.deepEqual(warningsOf({ failures: 12, lastError: "overslept" }), [
            "12 attempts failed before the last post: overslept",
        ])
        assert.deepEqual(warningsOf({ lastError: "no-connection:name" }), [])
    })

    it("name pending settings, and those that the device refused", () => {
        const of = (more: object) => warningTexts({ ...quiet, settings: { ...settings, ...more } })
        assert.deepEqual(of({}), [])
        assert.deepEqual(of({ applied: null }), ["The device receives new settings at its next post"])
        assert.deepEqual(of({ applied: { revision: 2, refused: ["ASC", "BATCH"] } }), [
            "The device refused these settings: ASC, BATCH",
        ])
        assert.deepEqual(of({ applied: { revision: 1, refused: ["ASC"] } }), [
            "The device receives new settings at its next post",
            "The device refused these settings: ASC",
        ])
    })

    it("name the parts of a status that the server does not know", () => {
        assert.deepEqual(warningsOf({ unread: ["status.volts", "status.watts"] }), [
            "The status has parts that this server does not know: status.volts, status.watts",
        ])
    })
})

describe("the facts of a device", () => {
    it("are few on a good day", () => {
        assert.deepEqual(factTexts(quiet), [
            ["Last seen", "40 seconds ago"],
            ["Running for", "3 days"],
            ["Last start", "switched on or reset"],
            ["Starts", "1 × switched on or reset; readings of 1 boot"],
            ["Waiting", "nothing"],
            ["Lost", "nothing"],
            ["TLS", "1 handshake, 0 failed"],
        ])
    })

    it("hold every number on a bad day", () => {
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
        assert.deepEqual(factTexts(device), [
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
                "1 rejected by the server, 4 without a known time, 5 damaged in flash, 30 for lack of memory, 12 missing around power cuts",
            ],
            ["Wi-Fi signal", "−83 dBm"],
            ["TLS", "3 handshakes, 2 failed, the last 10 minutes ago"],
            ["Last error", "the TLS handshake failed (handshake)"],
            ["Settings", "INTERVAL_S 30, ASC 0 (revision 2, applied)"],
            ["SCD41", "ready, recalibrated by −12 ppm"],
            [
                "SGP30",
                "failed, failed its self-test, 7 not acknowledged, 2 with a bad checksum, 1 with nothing new, 3 with an impossible value",
            ],
            ["SCD30", "ready, recalibration done"],
            ["SHT3X", "ready, recalibration refused"],
        ])
    })

    it("are three before the first status", () => {
        assert.deepEqual(
            factTexts({ ...quiet, seenAge: null, status: null, starts: {}, settings: { ...settings, applied: null } }),
            [
                ["Last seen", "never"],
                ["Lost", "nothing"],
                ["Settings", "INTERVAL_S 30, ASC 0 (revision 2, not applied yet)"],
            ],
        )
    })
})

describe("the text on missing readings", () => {
    const texts: [lost: number, gap: number, text: string][] = [
        [0, 0, ""],
        [1, 0, "1 reading lost on the device"],
        [0, 1, "1 reading missing around power cuts"],
        [35, 12, "35 readings lost on the device, 12 missing around power cuts"],
    ]
    for (const [lost, gap, text] of texts)
        it(`is "${text}" for ${lost} lost and ${gap} missing`, () => {
            assert.equal(missingText({ lost, gap }), text)
        })
})

describe("the lowest CO2 of the last 7 days", () => {
    const tooLow = "Less than outdoor air (about 420 ppm): the sensor reads too low. Recalibrate it."
    const tooHigh = "Outdoor air has about 420 ppm: the room was never aired fully, or the sensor reads too high."
    const lowest: [ppm: number, hours: number, note: string][] = [
        [344, 1, tooLow],
        [345, 168, ""],
        [495, 168, ""],
        [496, 119, ""],
        [496, 120, tooHigh],
    ]
    for (const [ppm, hours, note] of lowest)
        it(`of ${ppm} ppm in ${hours} hours has ${note === "" ? "no note" : `the note "${note}"`}`, () => {
            assert.equal(lowestCo2Note({ ppm, hours, at: 0 }), note)
        })

    it("is nothing without CO2", () => {
        assert.deepEqual([lowestCo2Text(null), lowestCo2Note(null)], ["", ""])
    })
})
