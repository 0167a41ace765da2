import assert from "node:assert/strict"
import { posterCount, posterRows, readerRows } from "../../../devs/api/page/care/access-words.ts"
import { concernsOf, textOf } from "../../../devs/api/page/care/attention.ts"
import type { CareData, Device, Recalibration } from "../../../devs/api/page/care/care-data.ts"
import { plainFacts, technicalFacts } from "../../../devs/api/page/care/device-words.ts"
import { recalibrationWords } from "../../../devs/api/page/care/recalibration-words.ts"
import { changesOf, settingOf, settingsOfForm } from "../../../devs/api/page/care/setting-words.ts"
import { wordsOf } from "../../../devs/api/page/care/words.ts"
import { translator } from "../../../devs/api/page/shared/text.ts"
import { textsOf } from "../../../devs/api/pages/texts.ts"
import { fullStatus } from "../support/full-status.ts"
import { NOW_S } from "../support/world.ts"

const wordsIn = (language: "en" | "de") => wordsOf(translator(language, textsOf(language, "care")), language, "UTC")
const words = wordsIn("en")

const device: Device = {
    ...{ id: "room-103", name: "103", createdAt: NOW_S, revokedAt: null, lastSeenAt: NOW_S - 60 },
    ...{ lost: 0, rejected: 0, undated: 0, damaged: 0, timeUncertaintyS: 0, gap: 0, boots: 1, starts: { power: 1 } },
    ...{ latest: null, lowestCo2: null, settings: null, group: null, limits: { fairPpm: 1000, poorPpm: 2000 } },
    status: { at: NOW_S - 60, age: 60, unread: [], uptimeS: 7200, rssi: -61 },
}
const data = (devices: Device[], more: Partial<CareData> = {}): CareData => ({
    ...{ now: NOW_S, timeZone: "UTC", devices, rooms: new Map(), alerts: [], anchors: [], unpinned: [], edge: null },
    links: [],
    ...more,
})
const textsOfConcerns = (all: CareData, language: "en" | "de" = "en") =>
    concernsOf(all, wordsIn(language)).map(({ level, parts, next }) => `${level}: ${textOf(parts)}. ${next}`)
const settings = { revision: 2, setAt: NOW_S - 7200, desired: { LIGHT: 20, ASC: 0 }, applied: null }

describe("a time", () => {
    it("has how far away it is, in its largest unit", () => {
        const texts = [-7200, -60, -59, 0, 59, 90_000].map(seconds => wordsIn("de").relative(NOW_S + seconds, NOW_S))
        assert.deepEqual(texts, ["vor 2 Stunden", "vor 1 Minute", "jetzt", "jetzt", "jetzt", "in 1 Tag"])
    })
})

describe("what needs attention", () => {
    it("is nothing where every device is fine", () => {
        assert.deepEqual(textsOfConcerns(data([device])), [])
    })

    it("is said with the next step, what is urgent first", () => {
        const devices: Device[] = [
            { ...device, name: "101", status: { ...device.status!, rssi: -82 } },
            { ...device, id: "silent", name: "107", lastSeenAt: NOW_S - 3 * 3600 },
            { ...device, name: "104", status: { ...device.status!, sensors: { scd41: { state: "absent" } } } },
            { ...device, name: "Gym", lowestCo2: { ppm: 310, at: NOW_S, hours: 168 } },
            { ...device, name: "Hall", lastSeenAt: null, status: null },
            { ...device, name: "Gone", revokedAt: NOW_S },
            {
                ...device,
                name: "Lab",
                settings: { ...settings, applied: { revision: 2, at: NOW_S, refused: ["LIGHT"] } },
            },
            { ...device, name: "Loft", settings },
        ]
        const rooms = new Map([["silent", { silentFrom: NOW_S - 9000, sensorFailed: false }]])
        assert.deepEqual(textsOfConcerns(data(devices, { rooms })), [
            "poor: 107: no news since 15 Jan, 09:00 (3 hours ago). Check its power and its Wi-Fi. It keeps its readings meanwhile, and sends them later.",
            "poor: 104: sensor SCD41 does not respond. Check its cable, then switch the device off and on.",
            "fair: Gym: its lowest CO₂ of 7 days is 310 ppm, less than outdoor air: the sensor reads too low. Recalibrate it in fresh air.",
            "fair: Hall: it has not posted yet. Flash it with its token, and switch it on.",
            "fair: 101: its Wi-Fi signal is weak. Move it nearer to an access point, or away from metal.",
            "fair: Lab: it refused these settings: Brightness of screen and light, %. Ask for other values: a board without a screen has no settings of the screen.",
            "good: Loft: it has not taken the settings of 15 Jan, 10:00 yet. Nothing to do if it posts seldom: it takes 12 changes a day, and the others the day after.",
        ])
    })

    it("is one sentence for all devices that have the same, each with a link", () => {
        const of = (names: string[], more: Partial<Device>): Device[] =>
            names.map(name => ({ ...device, id: name, name, ...more }))
        const lost = of(["201"], { lost: 7 })
        const devices = [
            ...[...of(["103", "107", "Gym"], { settings }), ...of(["104"], { settings: { ...settings, setAt: 0 } })],
            ...[...of(["Hall", "Lab"], { lastSeenAt: null, status: null }), ...lost],
            ...of(["301", "302", "303", "304", "305", "306", "307", "308", "309"], {
                status: { ...device.status!, rssi: -82 },
            }),
        ]
        const concerns = concernsOf(data(devices), words)
        assert.deepEqual(
            concerns.map(({ level, parts, next }) => `${level}: ${textOf(parts)}. ${next}`),
            [
                "fair: 2 devices have not posted yet: Hall and Lab. Flash each with its token, and switch it on.",
                "fair: 9 devices have a weak Wi-Fi signal: 301, 302, 303, 304, 305, 306, 307 and 2 more. Move them nearer to an access point, or away from metal.",
                "fair: 104: it has not taken the settings of 1 Jan, 00:00 yet. Nothing to do if it posts seldom: it takes 12 changes a day, and the others the day after.",
                "good: 3 devices have not taken their new settings yet: 103, 107 and Gym. Nothing to do where they post seldom: a device takes 12 changes a day, and the others the day after.",
                "good: 201: 7 readings were lost: 7 because the memory of the device was full during a long outage. Nothing to do: charts and exports lack them for good.",
            ],
        )
        const slow = concerns[3]!
        assert.deepEqual(
            slow.parts.flatMap(part => (typeof part === "string" ? [] : [part.target])),
            ["device-103", "device-107", "device-Gym"],
        )
        assert.equal(textOf(slow.each[2]!), "Gym: it has not taken the settings of 15 Jan, 10:00 yet")
        assert.equal(concerns[1]!.each.length, 9)
    })

    it("is the network first where half of all devices are silent", () => {
        const devices = ["1", "2", "3", "4", "5", "6"].map(id => ({
            ...device,
            id,
            name: id,
            lastSeenAt: NOW_S - 7200,
        }))
        const silent = (ids: string[]) =>
            new Map(ids.map(id => [id, { silentFrom: NOW_S - 3600, sensorFailed: false }]))
        const nexts = (ids: string[]) =>
            concernsOf(data(devices, { rooms: silent(ids) }), words).map(({ next }) => next)
        assert.match(nexts(["1", "2", "3"]).join(), /^So many at once: check the network/)
        assert.match(nexts(["1", "2"]).join(), /^Check their power/)
    })

    it("names the devices that hang on a pin which ends, in German too", () => {
        const devices = ["103", "104", "107", "Gym", "Lab"].map(name => ({ id: name, name }))
        const anchor = { subject: "CN=School CA,O=School", spkiSha256: "", endsAt: NOW_S + 20 * 86_400, devices }
        const anchors = [anchor, { ...anchor, endsAt: NOW_S + 3e7 }]
        assert.deepEqual(textsOfConcerns(data([device], { anchors }), "de"), [
            "fair: School CA läuft in 20 Tagen ab, am 4. Februar 2025; ihm vertrauen 103, 104, 107 und 2 weitere. Den Nachfolger pinnen und diese Geräte vor dem Tag neu bespielen: airpin pin --help",
        ])
    })
})

describe("who may read and post", () => {
    const link = {
        ...{ name: "Class 3b", role: "viewer" as const, device: "room-103", createdAt: NOW_S - 9 * 86_400 },
        ...{ expiresAt: null, revokedAt: null, once: false, openedAt: null },
    }
    const links = [
        ...[link, { ...link, name: "Parents", device: null, expiresAt: NOW_S + 30 * 86_400 }],
        ...[
            { ...link, name: "Old", expiresAt: NOW_S },
            { ...link, name: "Lost", revokedAt: NOW_S - 1 },
        ],
        ...[{ ...link, name: "Used", role: "admin" as const, once: true, openedAt: NOW_S - 60 }],
    ]

    it("has each link that is in force: who, what it shows, since when and until when", () => {
        assert.deepEqual(readerRows(data([device], { links }), words), [
            ["Class 3b", "103", "6 January 2025", "until it is revoked"],
            ["Parents", "all rooms", "6 January 2025", "14 February 2025 (in 30 days)"],
        ])
    })

    it("has each device: since when, when it posted last, and whether it is revoked", () => {
        const gone = { ...device, name: "Gone", lastSeenAt: null, revokedAt: NOW_S }
        assert.deepEqual(posterRows(data([device, gone]), words), [
            ["103", "15 January 2025", "15 Jan, 11:59 (1 minute ago)", "until it is revoked"],
            ["Gone", "15 January 2025", "never", "revoked on 15 January 2025"],
        ])
        assert.equal(posterCount(data([device, gone])), 1)
    })
})

describe("a device for the person who looks after it", () => {
    const ofAll: Device = {
        ...device,
        ...{
            lost: 7,
            rejected: 1,
            undated: 2,
            gap: 12,
            timeUncertaintyS: 30,
            starts: { power: 2, stalled: 1 },
            boots: 3,
        },
        status: {
            ...device.status!,
            ...fullStatus,
            unread: ["status.x"],
            sensors: { scd41: {}, sgp30: { state: "new", crc: 2 } },
        },
        lowestCo2: { ppm: 428, at: NOW_S, hours: 12 },
    }

    it("is described in plain words", () => {
        assert.deepEqual(plainFacts(ofAll, words, NOW_S), [
            ["Last post", "15 Jan, 11:59 (1 minute ago)"],
            ["Wi-Fi signal", "good"],
            ["Running", "since 15 Jan, 10:52: restarted because its connection hung"],
            [
                "Missing readings",
                "7 readings were lost: 4 because the memory of the device was full during a long outage, 1 that the server did not accept and 2 whose time is not known. 12 are missing around power cuts.",
            ],
            ["Lowest CO₂ of 7 days", "428 ppm. As outdoor air (about 420 ppm): the sensor is right."],
            ["On its way", "492 readings wait on the device and follow."],
            ["Sensor SCD41", "works"],
            ["Sensor SGP30", "reports a state that this server does not know"],
        ])
    })

    it("has the engineer's words in its details", () => {
        assert.deepEqual(technicalFacts({ ...ofAll, settings }, words), [
            ["Id", "room-103"],
            ["Wi-Fi signal", "−61 dBm"],
            ["Starts", "2 × switched on or reset, 1 × restarted because its connection hung, readings of 3 boots"],
            ["Waiting", "RAM 12, flash 480"],
            ["TLS", "3 handshakes, 1 failed, 15 Jan, 11:50"],
            ["Last error", "no-connection:name × 2"],
            ["Times may be off by", "± 30 s"],
            ["Settings: revision asked (reported)", "2 (–)"],
            ["SCD41", "ready"],
            ["SGP30", "new, CRC 2"],
            ["Not understood in its status", "status.x"],
        ])
    })
})

describe("the settings of the form", () => {
    it("have the ranges of the device, and choices where there are few values", () => {
        const byName = new Map(settingsOfForm().map(setting => [setting.name, setting]))
        assert.equal(byName.get("INTERVAL_S")?.max, 3600)
        assert.deepEqual(byName.get("SCREEN_ROTATION")?.choices, [0, 180])
        assert.deepEqual([byName.get("ASC")?.isPanel, byName.get("TONE")?.isPanel], [false, true])
        assert.ok(!byName.has("RECALIBRATE_PPM"))
    })

    it("are asked for, taken or refused", () => {
        const applied = { revision: 2, at: NOW_S, refused: ["LIGHT"] }
        const states = (more: Partial<typeof settings> | object) =>
            ["LIGHT", "ASC", "BATCH"].map(
                name => settingOf({ ...device, settings: { ...settings, ...more } }, name).state,
            )
        assert.deepEqual(states({}), ["asked", "asked", "unknown"])
        assert.deepEqual(states({ applied }), ["refused", "taken", "unknown"])
    })

    it("are sent if they were changed, and named if they are out of range", () => {
        const asked = { ...device, settings }
        assert.deepEqual(changesOf(asked, { LIGHT: "20", ASC: "1", BATCH: "" }), { changes: { ASC: 1 }, wrong: [] })
        assert.deepEqual(changesOf(asked, { LIGHT: "101", INTERVAL_S: "1.5", PRESSURE_HPA: "0" }).wrong, [
            ...["LIGHT", "INTERVAL_S"],
        ])
    })
})

describe("the recalibration in words", () => {
    const possible: Recalibration = {
        ...{ obstacles: [], fromPpm: 400, toPpm: 670, measuredPpm: 470, isSteady: true, nextAt: null, last: null },
    }

    it("has its conditions, and whether they are met", () => {
        const met = (recalibration: Recalibration) =>
            recalibrationWords(recalibration, words).conditions.map(({ isMet }) => isMet)
        assert.deepEqual(met(possible), [true, true, true])
        assert.deepEqual(met({ ...possible, obstacles: ["old", "asked-today"], isSteady: false, nextAt: NOW_S }), [
            ...[false, false, false],
        ])
    })

    it("says what became of the last one", () => {
        const last = { outcome: "done" as const, askedAt: NOW_S, ppm: 420, changePpm: -51 }
        assert.equal(
            recalibrationWords({ ...possible, last }, words).last,
            "Last asked for 15 Jan, 12:00, to 420 ppm: done. The sensor was corrected by −51 ppm.",
        )
        assert.equal(recalibrationWords(possible, words).last, "It was not recalibrated since its last start.")
    })
})
