import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { AirpinError } from "../../../../certs/error.ts"
import { readReplay } from "../../../../devs/sim/air/recording/read-replay.ts"
import { sixDays, twoDays } from "../../../support/office-recordings.ts"

const root = path.resolve(import.meta.dirname, "../../../..")
const fixtures = path.join(root, "test/fixtures/replay")

const HEADER = '"date","Temperature","Humidity","Light","CO2","HumidityRatio","Occupancy"'
const ROWS = [
    '"1","2015-02-04 17:51:00",23.18,27.272,426,721.25,0.00479,1',
    '"2","2015-02-04 17:51:59",23.15,27.2675,429.5,714,0.00478,1',
    '"3","2015-02-04 17:53:00",23.1,27.3,430,713,0.00478,1',
]
const csv = (...lines: string[]) => lines.join("\n") + "\n"

/** 2015-02-04 17:51:00 UTC */
const FIRST_MS = 1_423_072_260_000
const FIRST = { atMs: FIRST_MS, temperatureC: 23.18, humidityRh: 27.272, co2Ppm: 721.25 }

function errorOf(text: string): AirpinError {
    try {
        readReplay(text, "office.csv")
    } catch (error) {
        assert.ok(error instanceof AirpinError, String(error))
        return error
    }
    assert.fail("no error")
}

describe("replay", () => {
    it("finds the columns after an unnamed row number", () => {
        assert.deepEqual(readReplay(csv(HEADER, ...ROWS), "office.csv").rows, [
            FIRST,
            { atMs: FIRST_MS + 59_000, temperatureC: 23.15, humidityRh: 27.2675, co2Ppm: 714 },
            { atMs: FIRST_MS + 120_000, temperatureC: 23.1, humidityRh: 27.3, co2Ppm: 713 },
        ])
    })

    for (const { shape, text } of [
        { shape: "dates without quotes", text: csv(HEADER, "1,2015-02-04 17:51:00,23.18,27.272,426,721.25,0.00479,1") },
        { shape: "a header that names every column", text: csv(`"no",${HEADER}`, ROWS[0]!) },
        {
            shape: "only the needed columns, in another order",
            text: csv("CO2,Humidity,date,Temperature", "721.25,27.272,2015-02-04 17:51:00,23.18"),
        },
        { shape: "CRLF and a byte order mark", text: `\ufeff${HEADER}\r\n${ROWS[0]}\r\n` },
        { shape: "empty lines and no newline at the end", text: `${HEADER}\n\n${ROWS[0]}` },
        {
            shape: "blanks around values",
            text: csv("date, Temperature, Humidity, CO2", "2015-02-04 17:51:00, 23.18, 27.272, 721.25"),
        },
    ]) {
        it(`reads ${shape}`, () => {
            assert.deepEqual(readReplay(text, "office.csv").rows, [FIRST])
        })
    }

    it("holds each row until the next", () => {
        const replay = readReplay(csv(HEADER, ...ROWS), "office.csv")
        const co2At = (afterMs: number) => replay.airAt(FIRST_MS + afterMs).co2Ppm
        assert.deepEqual([0, 58_999, 59_000, 119_999, 120_000].map(co2At), [721.25, 721.25, 714, 714, 713])
    })

    it("gives the first row before the start and the last row after the end", () => {
        const replay = readReplay(csv(HEADER, ...ROWS), "office.csv")
        assert.equal(replay.airAt(0).co2Ppm, 721.25)
        assert.equal(replay.airAt(FIRST_MS + 1e9).co2Ppm, 713)
    })

    it("ends one median step after its last row", () => {
        const replay = readReplay(
            csv(HEADER, ...ROWS, '"4","2015-02-04 18:53:00",23,27,430,700,0.00478,1'),
            "office.csv",
        )
        assert.equal(replay.startMs, FIRST_MS)
        assert.equal(replay.endMs, FIRST_MS + 3_720_000 + 61_000)
        assert.equal(replay.hasAir(replay.endMs - 1), true)
        assert.equal(replay.hasAir(replay.endMs), false)
    })

    it("holds a single row for a minute", () => {
        assert.equal(readReplay(csv(HEADER, ROWS[0]!), "office.csv").endMs, FIRST_MS + 60_000)
    })
})

describe("a recording that cannot be replayed", () => {
    const files = readdirSync(fixtures).filter(file => file.endsWith(".csv"))

    for (const file of files) {
        it(`is refused: ${file}`, () => {
            const text = readFileSync(path.join(fixtures, file), "utf8")
            assert.throws(
                () => readReplay(text, file),
                (error: AirpinError) => {
                    assert.equal(error.code, file.split(".")[0])
                    assert.ok(error.message.startsWith(file), error.message)
                    assert.ok(error.nextStep)
                    return true
                },
            )
        })
    }

    it("has a fixture for every error code", () => {
        const folder = path.join(root, "devs/sim/air/recording")
        const source = readdirSync(folder).map(file => readFileSync(path.join(folder, file), "utf8"))
        const codes = new Set([...source.join().matchAll(/"(REPLAY_[A-Z_]+)"/g)].map(match => match[1]))
        // These two need options: layouts.test.ts
        for (const code of ["REPLAY_OPTION_INVALID", "REPLAY_DATE_AMBIGUOUS"]) codes.delete(code)
        assert.deepEqual(new Set(files.map(file => file.split(".")[0])), codes)
    })

    it("is reported with file, line and value", () => {
        assert.equal(
            errorOf(csv(HEADER, ROWS[0]!, "", ROWS[1]!.replace("714", "ERR"))).message,
            'office.csv line 4: CO2 is "ERR"',
        )
        assert.equal(
            errorOf(csv(HEADER, ROWS[0]!.replace("02-04", "13-04"))).message,
            'office.csv line 2: "2015-13-04 17:51:00" is not a date and time',
        )
        assert.equal(
            errorOf(csv(HEADER, ROWS[1]!, ROWS[0]!, ROWS[2]!)).message,
            "office.csv line 3: 2015-02-04 17:51:00 is not later than the row before",
        )
        assert.equal(errorOf(csv(HEADER, ROWS[0]!, "2,3")).message, "office.csv line 3: 2 fields instead of 8")
        assert.equal(
            errorOf(csv("a,b", "1,2")).message,
            'office.csv line 1: no column for time, co2, temperature, humidity; the columns are "a", "b"',
        )
        assert.match(errorOf(csv(HEADER, '"1')).message, /line 2/)
    })
})

describe("the recorded offices", () => {
    for (const { title, csv, rows, first, end } of [...twoDays, ...sixDays]) {
        it(`are read completely: ${title}`, function () {
            const replay = readReplay(csv() ?? this.skip(), title)
            assert.equal(replay.rows.length, rows)
            assert.equal(new Date(replay.startMs).toISOString(), first)
            assert.equal(new Date(replay.endMs).toISOString(), end)
        })
    }
})
