import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import path from "node:path"
import { decodeText } from "../../../../certs/read/text.ts"
import { readReplay } from "../../../../devs/sim/air/recording/read-replay.ts"
import type { RecordingOptions } from "../../../../devs/sim/air/recording/recording-error.ts"
import { projectDirectory } from "../../../../devs/vm/build-cache.ts"
import { hasCode } from "../../../support/error-code.ts"

const START_MS = Date.UTC(2026, 2, 5, 9)
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const THREE_ROWS = [
    { atMs: START_MS, temperatureC: 21.4, humidityRh: 44, co2Ppm: 612 },
    { atMs: START_MS + 5 * MINUTE_MS, temperatureC: 21.5, humidityRh: 44, co2Ppm: 640 },
    { atMs: START_MS + 10 * MINUTE_MS, temperatureC: 21.5, humidityRh: 45, co2Ppm: 655 },
]

function readFixture(file: string, options: RecordingOptions = {}) {
    const bytes = readFileSync(path.join(projectDirectory, "test/fixtures/recordings", file))
    return readReplay(decodeText(bytes), file, options)
}

/** The rows, with temperatures rounded to hundredths: those in °F are not exact. */
function rounded(rows: readonly (typeof THREE_ROWS)[0][]) {
    return rows.map(row => ({ ...row, temperatureC: Math.round(row.temperatureC * 100) / 100 }))
}

const read = (lines: string[], options: RecordingOptions = {}) =>
    readReplay(`${lines.join("\n")}\n`, "own.csv", options)
/** Rows with these times and CO2 from 400 ppm on. */
const timed = (times: string[], options: RecordingOptions = {}) =>
    read(["time,co2,temperature,humidity", ...times.map((time, at) => `${time},${400 + (at % 1000)},21,45`)], options)
const timesOf = (times: string[], options: RecordingOptions = {}) =>
    timed(times, options).rows.map(({ atMs }) => new Date(atMs).toISOString().slice(0, 19))

describe("recordings of other recorders", () => {
    const files: Record<string, RecordingOptions> = {
        "iso-lowercase.csv": {},
        "airpin.csv": {},
        "aranet4.csv": {},
        "aranet4-us.csv": {},
        "aranet4-day-first.csv": {},
        "netatmo.csv": {},
        "two-columns.tsv": {},
        "german-excel.csv": {
            columns: ["time=Zeit,co2=CO2 innen", "temperature=Temperatur,humidity=Feuchte"],
            zone: "Europe/Berlin",
        },
    }
    for (const [file, options] of Object.entries(files))
        it(`are read: ${file}`, () => {
            assert.deepEqual(rounded(readFixture(file, options).rows), THREE_ROWS)
        })

    it("are read with semicolons, decimal commas and Unix time: station-semicolon.csv", () => {
        assert.deepEqual(
            readFixture("station-semicolon.csv").rows,
            THREE_ROWS.map((row, at) => ({ ...row, atMs: 1_772_700_000_000 + at * 5 * MINUTE_MS })),
        )
    })

    const names: Record<string, string> = {
        capitals: "TIME,CO2,TEMPERATURE,HUMIDITY",
        "units behind": "timestamp,co2_ppm,temp_c,rh",
        "units in brackets": "Date/Time,CO2 [ppm],Temperature [°C],Relative Humidity [%RH]",
        "a subscript": "datetime,CO₂ (ppm),Temperature (℃),Humidity (%)",
        words: "Date Time,Carbon Dioxide,Air Temperature,Relative humidity",
        "camel case": "time,co2Ppm,temperatureC,humidityRh",
    }
    for (const [kind, header] of Object.entries(names))
        it(`may have names with ${kind}`, () => {
            assert.deepEqual(read([header, "2026-03-05T09:00:00Z,612,21.4,44"]).rows, THREE_ROWS.slice(0, 1))
        })

    it("may have columns that --columns names, by number too", () => {
        const lines = ["a,b,c,d,e", "05.03.2026,09:00,612,21.4,44"]
        const columns = ["time=a+b,co2=3,temperature=D", "humidity=5"]
        assert.deepEqual(read(lines, { columns }).rows, THREE_ROWS.slice(0, 1))
        const quoted = ['t,"CO2, ppm",T,H', "2026-03-05 09:00,612,21.4,44"]
        assert.deepEqual(
            read(quoted, { columns: ['time=t,"co2=CO2, ppm",temperature=T,humidity=H'] }).rows,
            THREE_ROWS.slice(0, 1),
        )
    })

    it("may have the newest row first, and a delimiter at the end of each row", () => {
        const lines = [
            "time;co2;temperature;humidity",
            "2026-03-05 09:05;640;21,5;44;",
            "2026-03-05 09:00;612;21,4;44;",
        ]
        assert.deepEqual(read(lines).rows, THREE_ROWS.slice(0, 2))
    })

    it("may have a row a minute for months", () => {
        const times = Array.from({ length: 150_000 }, (_, minute) =>
            new Date(START_MS + minute * MINUTE_MS).toISOString().slice(0, 16),
        )
        const { facts } = timed(times, { zone: "Asia/Kolkata" })
        assert.deepEqual([facts.rows, facts.gaps, facts.missingMs], [150_000, 0, 0])
        assert.equal(facts.startMs, START_MS - 5.5 * HOUR_MS)
    }).timeout(60_000)

    it("may be in °F, as the header or --temperature-unit says", () => {
        for (const [header, options] of [
            ["temperature_f", {}],
            ["Temperature (°F)", {}],
            ["temperatureF", {}],
            ["temperature", { temperatureUnit: "F" }],
        ] as const) {
            const { rows } = read([`time,co2,${header},humidity`, "2026-03-05T09:00Z,612,70.52,44"], options)
            assert.deepEqual(rounded(rows), THREE_ROWS.slice(0, 1))
        }
    })
})

describe("the times of a recording", () => {
    const forms = [
        "2026-03-05T09:00:00Z",
        "2026-03-05T09:00Z",
        "2026-03-05t09:00:00z",
        "2026-03-05 09:00:00",
        "2026-03-05 9:00",
        "2026-03-05 09:00:00.000",
        "2026-03-05T10:00:00+01:00",
        "2026-03-05T10:00:00+0100",
        "2026-03-05 10:00:00 +01:00",
        "2026-03-05 09:00:00 UTC",
        "2026/03/05 09:00:00",
        "2026-03-05T04:30:00-04:30",
        "05.03.2026 09:00:00",
        "5.3.2026 9:00",
        "1772701200",
        "1772701200.5",
        "1772701200000",
    ]
    for (const form of forms)
        it(`may be written as ${form}`, () => {
            assert.deepEqual(timesOf([form]), ["2026-03-05T09:00:00"])
        })

    it("are read as --date-format and --zone say", () => {
        const [zone, expected] = ["Europe/Berlin", ["2026-03-05T09:00:00"]]
        assert.deepEqual(timesOf(["05/03/2026 10:00"], { dateFormat: "dd/MM/yyyy HH:mm", zone }), expected)
        assert.deepEqual(timesOf(["3/5/26 10:00 AM"], { dateFormat: "M/d/yy h:mm a", zone }), expected)
        assert.deepEqual(
            timesOf(["05 Mar 2026 11h00"], { dateFormat: "dd MMM yyyy HH'h'mm", zone: "+02:00" }),
            expected,
        )
        assert.deepEqual(
            timesOf(["20260305T100000 +01:00"], { dateFormat: "yyyyMMdd'T'HHmmss ZZ", zone: "UTC" }),
            expected,
        )
    })

    for (const [header, time] of [
        ["Time(dd/mm/yyyy)", "05/03/2026 09:00"],
        ["Time(mm/dd/yyyy)", "03/05/2026 9:00:00 AM"],
        ["Time (DD.MM.YYYY)", "05.03.2026 9:00:00"],
    ])
        it(`take day and month as the header has them: ${header}, ${time}`, () => {
            const { rows } = read([`${header},co2,temperature,humidity`, `${time},612,21.4,44`])
            assert.deepEqual(rows, THREE_ROWS.slice(0, 1))
        })

    it("are refused with formats that fit the seconds and the halves of the day", () => {
        assert.throws(
            () => timed(["3/5/2026 9:00:00 AM"]),
            ({ nextStep }: Error & { nextStep: string }) =>
                /--date-format "d\/M\/yyyy h:mm:ss a" or --date-format "M\/d\/yyyy h:mm:ss a"/.test(nextStep),
        )
        assert.equal(timesOf(["3/5/2026 9:00:00 AM"], { dateFormat: "M/d/yyyy h:mm:ss a" })[0], "2026-03-05T09:00:00")
    })

    it("are refused where only a person can tell day and month, with the option that says it", () => {
        assert.throws(
            () => timed(["05/03/2026 09:00"]),
            (error: Error & { nextStep: string }) => {
                assert.match(error.message, /^own\.csv line 2: "05\/03\/2026 09:00" is not a date and time$/)
                assert.match(error.nextStep, /--date-format "d\/M\/yyyy H:mm" or --date-format "M\/d\/yyyy H:mm"/)
                return hasCode("REPLAY_DATE_BAD")(error)
            },
        )
    })

    it("of the hour that comes twice in October are told by their order in a zone", () => {
        const wall = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"].map(time => `2026-10-25 ${time}`)
        const moments = ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"].map(
            (time, at) => `2026-10-2${at === 0 ? 4 : 5}T${time}:00`,
        )
        assert.deepEqual(timesOf(wall, { zone: "Europe/Berlin" }), moments)
        assert.deepEqual(timesOf(wall.toReversed(), { zone: "Europe/Berlin" }), moments)
        const hourly = ["01:00", "02:00", "02:00", "03:00"].map(time => `2026-10-25 ${time}`)
        assert.deepEqual(
            timesOf(hourly, { zone: "Europe/Berlin" }).map(text => text.slice(11, 16)),
            ["23:00", "00:00", "01:00", "02:00"],
        )
    })

    it("of that hour are told by an offset", () => {
        assert.deepEqual(timesOf(["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]), [
            "2026-10-25T00:30:00",
            "2026-10-25T01:30:00",
        ])
    })

    it("of that hour are refused where the order does not tell them, and without a zone", () => {
        const once = ["01:30", "02:00", "02:30", "03:00"].map(time => `2026-10-25 ${time}`)
        assert.throws(() => timed(once, { zone: "Europe/Berlin" }), hasCode("REPLAY_DATE_AMBIGUOUS"))
        assert.throws(
            () => timed(["2026-10-25 02:30", "2026-10-25 02:00"].concat("2026-10-25 03:00")),
            (error: Error & { nextStep: string }) => {
                assert.match(error.message, /^own\.csv line 3: 2026-10-25 02:00 is not later/)
                assert.match(error.nextStep, /--zone/)
                return hasCode("REPLAY_ORDER")(error)
            },
        )
        const thrice = ["02:00", "02:30", "02:00", "02:30", "02:10"].map(time => `2026-10-25 ${time}`)
        assert.throws(() => timed([...thrice, "2026-10-25 04:00"], { zone: "Europe/Berlin" }), hasCode("REPLAY_ORDER"))
    })

    it("of the hour that does not exist in March are refused, with the line", () => {
        assert.throws(
            () => timed(["2026-03-29 01:30", "2026-03-29 02:30"], { zone: "Europe/Berlin" }),
            (error: Error) => {
                assert.match(error.message, /^own\.csv line 3: 2026-03-29 02:30 does not exist in Europe\/Berlin/)
                return hasCode("REPLAY_DATE_BAD")(error)
            },
        )
        assert.deepEqual(timesOf(["2026-03-29 01:59", "2026-03-29 03:00"], { zone: "Europe/Berlin" }), [
            "2026-03-29T00:59:00",
            "2026-03-29T01:00:00",
        ])
    })
})

describe("air that a recording does not have", () => {
    it("is not invented in a gap: eight-days-gap.csv", () => {
        const replay = readFixture("eight-days-gap.csv")
        const at = (minutes: number) => replay.hasAir(START_MS + minutes * MINUTE_MS)
        assert.deepEqual([0, 2.99, 3, 60, 8 * 24 * 60 - 1, 8 * 24 * 60, 8 * 24 * 60 + 1.99].map(at), [
            true,
            true,
            false,
            false,
            false,
            true,
            true,
        ])
        const { gaps, missingMs, emptyCells } = replay.facts
        assert.deepEqual(
            { gaps, missingMs, emptyCells },
            { gaps: 1, missingMs: 8 * 24 * HOUR_MS - 3 * MINUTE_MS, emptyCells: 0 },
        )
    })

    it("is not invented for an empty cell, nor is the row before held over it", () => {
        for (const empty of ["", "NA", "n/a", "NaN", "null", "-", "unavailable"]) {
            const replay = read([
                "time,co2,temperature,humidity",
                "2026-03-05 09:00,612,21,44",
                `2026-03-05 09:01,${empty},21,44`,
                `2026-03-05 09:02,${empty},${empty},44`,
                "2026-03-05 09:03,640,21,44",
            ])
            const has = [0, 0.99, 1, 2.99, 3].map(minutes => replay.hasAir(START_MS + minutes * MINUTE_MS))
            assert.deepEqual(has, [true, true, false, false, true], empty)
            const { rows, gaps, missingMs, emptyCells } = replay.facts
            assert.deepEqual([rows, gaps, missingMs, emptyCells], [2, 0, 2 * MINUTE_MS, 3])
        }
    })

    it("is not missing because a recorder is a little late", () => {
        const { gaps, missingMs } = timed(
            ["09:00:00", "09:05:02", "09:10:01", "09:17:00"].map(t => `2026-03-05 ${t}`),
        ).facts
        assert.deepEqual([gaps, missingMs], [0, 0])
    })

    it("makes a recording of nothing but empty cells empty", () => {
        assert.throws(() => read(["time,co2,temperature,humidity", "2026-03-05 09:00,,21,44"]), hasCode("REPLAY_EMPTY"))
    })
})

describe("what is not understood in a recording", () => {
    const OPTIONS: Record<string, RecordingOptions> = {
        "a column that --columns calls otherwise": { columns: ["zeit=Zeit"] },
        "--columns without a name": { columns: ["time"] },
        "a zone": { zone: "Berlin" },
        "a unit": { temperatureUnit: "K" },
    }
    for (const [kind, options] of Object.entries(OPTIONS))
        it(`is wrong usage: ${kind}`, () => {
            assert.throws(() => timed(["2026-03-05 09:00"], options), hasCode("REPLAY_OPTION_INVALID"))
        })

    const ERRORS: Record<string, [lines: string[], options: RecordingOptions, message: RegExp, next: RegExp]> = {
        "names of another language": [
            ["Zeit;CO2;Temperatur;Feuchte", "2026-03-05 09:00;612;21,4;44"],
            {},
            /^own\.csv line 1: no column for time, temperature, humidity; the columns are "Zeit", "CO2", "Temperatur", "Feuchte"$/,
            /^say which is which: --columns "time=NAME,temperature=NAME,humidity=NAME"$/,
        ],
        "a column that is not there": [
            ["time,co2,temperature,humidity", "2026-03-05 09:00,612,21,44"],
            { columns: ["co2=CO2 innen"] },
            /^own\.csv line 1: no column for co2; the columns are "time"/,
            /--columns "co2=NAME"/,
        ],
        "two columns of one name": [
            ["time,co2,temp,temperature,humidity", "2026-03-05 09:00,612,21,21,44"],
            {},
            /^own\.csv line 1: "temp" and "temperature" may be the temperature; the columns are/,
            /--columns/,
        ],
        "CO2 in percent": [
            ["time,CO2 (%),temperature,humidity", "2026-03-05 09:00,0.06,21,44"],
            {},
            /no column for co2/,
            /--columns "co2=NAME"/,
        ],
        "°F without a word of it": [
            ["time,co2,temperature,humidity", "2026-03-05 09:00,612,70.5,44"],
            {},
            /^own\.csv line 2: temperature is "70\.5"$/,
            /--temperature-unit F/,
        ],
        "a thousand or a decimal": [
            ["time,co2,temperature,humidity", '2026-03-05 09:00,"1,234",21,44'],
            {},
            /^own\.csv line 2: co2 is "1,234"$/,
            /co2 must be a number from 0 to 40000/,
        ],
        "a format that does not fit": [
            ["time,co2,temperature,humidity", "2026-03-05 09:00,612,21,44"],
            { dateFormat: "dd.MM.yyyy HH:mm" },
            /^own\.csv line 2: "2026-03-05 09:00" does not have the --date-format dd\.MM\.yyyy HH:mm$/,
            /luxon/,
        ],
        "a time unlike those above": [
            ["time,co2,temperature,humidity", "2026-03-05 09:00,612,21,44", "soon,612,21,44"],
            {},
            /^own\.csv line 3: "soon" is not a date and time like those above it$/,
            /--date-format/,
        ],
        "several devices": [
            [
                "time,device,co2Ppm,temperatureC,humidityRh",
                "2026-03-05T09:00Z,a,612,21,44",
                "2026-03-05T09:00Z,b,612,21,44",
            ],
            {},
            /^own\.csv line 1: 2 devices: a, b$/,
            /one device/,
        ],
    }
    for (const [kind, [lines, options, message, next]] of Object.entries(ERRORS))
        it(`is refused with line and option: ${kind}`, () => {
            assert.throws(
                () => read(lines, options),
                (error: Error & { nextStep: string }) => {
                    assert.match(error.message, message)
                    assert.match(error.nextStep, next)
                    return true
                },
            )
        })
})
