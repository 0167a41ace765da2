import assert from "node:assert/strict"
import { parseDeviceLog } from "../../devs/sim/chip/device-log.ts"
import { type DeviceHistory, HistoryRecorder } from "../../devs/soak/device-history.ts"
import type { Ledger } from "../../devs/soak/ledger.ts"
import {
    reconcile,
    type ServerReading,
    type ServerRecords,
    type SoakConditions,
} from "../../devs/soak/reconciliation.ts"

/** A minute after the hour, Unix seconds. */
const T0 = 1_767_600_060
const conditions: SoakConditions = {
    intervalS: 60,
    batch: 5,
    quantities: ["co2Ppm", "humidityRh"],
    endS: T0 + 600,
    sensorFaults: [],
    clockFaults: [],
}

/**
 * The history of a device that logs these lines, each after its second since T0; "cut", "torn" and
 * "store-lost" happen to it.
 */
function historyOf(...lines: string[]): DeviceHistory {
    const recorder = new HistoryRecorder()
    for (const line of lines) {
        const [, second, text] = /^(\d+) (.*)$/.exec(line)!
        const atMs = (T0 + Number(second)) * 1000
        if (text === "cut" || text === "torn") recorder.recordPowerCut(atMs, text === "torn")
        else if (text === "store-lost") recorder.recordLostStore()
        else recorder.record(parseDeviceLog(`> ${text}`)!, atMs)
    }
    return recorder.finish((T0 + 600) * 1000)
}

const readings = (boot: string, startS: number, first: number, last: number): ServerReading[] =>
    Array.from({ length: last - first + 1 }, (_, at) => ({
        boot,
        seq: first + at,
        time: T0 + startS + 60 * (first + at),
        co2Ppm: 500 + first + at,
        humidityRh: null,
    }))

const logged = (startS: number, first: number, last: number) =>
    Array.from(
        { length: last - first + 1 },
        (_, at) =>
            `${startS + 60 * (first + at)} reading seq=${first + at} end=${60 * (first + at)} co2Ppm=${500 + first + at}`,
    )

const reported = (id: string, lost = 0, gap = 0, timeUncertaintyS = 0) => ({ id, lost, gap, timeUncertaintyS })

/** A device that took ten readings without any fault, and a server that has them. */
const quietHistory = () => historyOf("3 boot id=1-aa reason=reset", ...logged(0, 1, 10))
const quietServer = (): ServerRecords => ({ readings: readings("1-aa", 0, 1, 10), boots: [reported("1-aa")] })

function counts({ discrepancies, ...ledger }: Ledger) {
    return Object.fromEntries(
        Object.entries(ledger).filter(([, count]) =>
            typeof count === "number" ? count > 0 : Object.keys(count).length > 0,
        ),
    )
}

describe("the reconciliation of a device with its server", () => {
    it("balances when the server has every reading once", () => {
        const ledger = reconcile(quietHistory(), quietServer(), conditions)
        assert.deepEqual([counts(ledger), ledger.discrepancies], [{ taken: 10, stored: 10 }, []])
    })

    const falsified: Record<string, { server: (server: ServerRecords) => void; discrepancy: RegExp }> = {
        "a duplicated reading": {
            server: ({ readings }) => readings.push({ ...readings[3]! }),
            discrepancy: /^the server has a reading twice: 1-aa 4$/,
        },
        "a missing reading": {
            server: ({ readings }) => readings.splice(3, 1),
            discrepancy: /^1 readings are neither on the server nor counted as lost; missing are 1-aa 4$/,
        },
        "a missing newest reading": {
            server: ({ readings }) => readings.pop(),
            discrepancy: /^boot 1-aa: the newest 1 readings never arrived/,
        },
        "a reading that was never taken": {
            server: ({ readings }) => readings.push(...untakenReadings),
            discrepancy: /^the server has a reading that was never taken: 2-bb 1$/,
        },
        "a changed value": {
            server: ({ readings }) => (readings[3]!.co2Ppm = 505),
            discrepancy: /^1-aa 4: co2Ppm was 504, the server has 505$/,
        },
        "an added value": {
            server: ({ readings }) => (readings[3]!.humidityRh = 40),
            discrepancy: /^1-aa 4: humidityRh was undefined, the server has 40$/,
        },
        "a time that is 5 s off": {
            server: ({ readings }) => (readings[3]!.time += 5),
            discrepancy: /^1-aa 4: taken at 1767600300, the server has 1767600305; the difference may be 4 s at most$/,
        },
        "a loss that the device did not have": {
            server: ({ boots }) => (boots[0]!.lost = 2),
            discrepancy: /^boot 1-aa: the server has 2 readings on record as lost, the device lost 0$/,
        },
    }
    const untakenReadings = readings("2-bb", 0, 1, 1)

    for (const [what, { server: falsify, discrepancy }] of Object.entries(falsified))
        it(`reports ${what}`, () => {
            const server = quietServer()
            falsify(server)
            const { discrepancies } = reconcile(quietHistory(), server, conditions)
            assert.equal(discrepancies.length, 1)
            assert.match(discrepancies[0]!, discrepancy)
        })

    it("counts readings that were only in RAM at a power cut, and the gap between the boots", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            ...logged(0, 1, 4),
            "250 cut",
            "425 boot id=2-bb reason=reset",
            ...logged(422, 1, 2),
        )
        const ledger = reconcile(
            history,
            {
                readings: [...readings("1-aa", 0, 1, 2), ...readings("2-bb", 422, 1, 2)],
                boots: [reported("1-aa"), reported("2-bb", 0, 6)],
            },
            conditions,
        )
        assert.deepEqual([counts(ledger), ledger.discrepancies], [{ taken: 6, stored: 4, cut: 2, gap: 6 }, []])
    })

    it("expects journaled readings to survive a power cut", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            ...logged(0, 1, 4),
            "245 journal seq=4 count=4 bytes=40 block=0",
            "250 cut",
            "425 boot id=2-bb reason=reset",
            ...logged(422, 1, 2),
        )
        const server = {
            readings: [...readings("1-aa", 0, 1, 3), ...readings("2-bb", 422, 1, 2)],
            boots: [reported("1-aa"), reported("2-bb", 0, 4)],
        }
        assert.deepEqual(reconcile(history, server, conditions).discrepancies, [
            "1 readings are neither on the server nor counted as lost; missing are 1-aa 4",
        ])
        server.readings.push(...readings("1-aa", 0, 4, 4))
        assert.deepEqual(counts(reconcile(history, server, conditions)), { taken: 6, stored: 6, gap: 4 })
        server.boots[1]!.gap = 0
        assert.deepEqual(reconcile(history, server, conditions).discrepancies, [
            "the server has a gap of 0 intervals between 1-aa and 2-bb, there were 4",
        ])
        server.boots[1]!.gap = 9
        assert.deepEqual(reconcile(history, server, conditions).discrepancies, [
            "the server has a gap of 9 intervals between 1-aa and 2-bb, there were 4",
        ])
    })

    it("counts lost readings by reason, and those in a store that was destroyed", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            ...logged(0, 1, 4),
            "245 lost total=1 reason=full",
            "246 lost total=3 reason=undated",
            "250 journal seq=4 count=1 bytes=40 block=0",
            "251 cut",
            "252 store-lost",
            "425 boot id=1-bb reason=reset",
            ...logged(422, 1, 2),
        )
        const ledger = reconcile(
            history,
            { readings: readings("1-bb", 422, 1, 2), boots: [reported("1-bb")] },
            conditions,
        )
        assert.deepEqual(
            [counts(ledger), ledger.discrepancies],
            [{ taken: 6, stored: 2, lost: { full: 1, undated: 2 }, storeLost: 1 }, []],
        )
    })

    it("counts as misdated what a power cut during a restart explains", () => {
        const boots = [reported("1-aa"), reported("2-bb")]
        const server = { readings: [...readings("1-aa", 120, 1, 2), ...readings("2-bb", 242, 1, 5)], boots }
        const history = (restartReason: string) =>
            historyOf(
                "3 boot id=1-aa reason=reset",
                ...logged(0, 1, 2),
                "122 journal seq=2 count=2 bytes=40 block=0",
                "122 torn",
                `245 boot id=2-bb reason=${restartReason}`,
                ...logged(242, 1, 5),
            )
        const { discrepancies, ...ledger } = reconcile(history("stalled"), server, conditions)
        assert.deepEqual([ledger.misdated, discrepancies], [2, []])
        const misdatedTexts = (restartReason: string) =>
            reconcile(history(restartReason), server, conditions).discrepancies.filter(text => /: taken at/.test(text))
                .length
        assert.equal(misdatedTexts("reset"), 2)
        server.readings[0]!.time += 10
        assert.equal(misdatedTexts("stalled"), 1)
    })

    it("reports a gap that is too long, unless the power cut tore a write of flash", () => {
        const history = (end: string) =>
            historyOf(
                "3 boot id=1-aa reason=reset",
                ...logged(0, 1, 4),
                `250 ${end}`,
                "305 boot id=2-bb reason=reset",
                ...logged(302, 1, 4),
            )
        const ledger = (end: string, gap: number) =>
            reconcile(
                history(end),
                {
                    readings: [...readings("1-aa", 0, 1, 4), ...readings("2-bb", 302, 1, 4)],
                    boots: [reported("1-aa"), reported("2-bb", 0, gap)],
                },
                conditions,
            )
        assert.deepEqual(ledger("cut", 60).discrepancies, [
            "the server has a gap of 60 intervals between 1-aa and 2-bb, there were 2",
        ])
        assert.deepEqual(ledger("torn", 60).discrepancies, [])
    })

    it("allows a gap that includes unnumbered intervals: the first readings were dropped, then a sensor was faulty", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            ...logged(0, 1, 2),
            "122 journal seq=2 count=2 bytes=40 block=0",
            "125 cut",
            "185 boot id=2-bb reason=reset",
            ...logged(180, 1, 2),
            "400 lost total=2 reason=full",
            "540 reading seq=3 end=360 co2Ppm=503",
            "600 reading seq=4 end=420 co2Ppm=504",
        )
        const sensorFaults = [{ fromS: T0 + 310, untilS: T0 + 520 }]
        const discrepancies = (gap: number) =>
            reconcile(
                history,
                {
                    readings: [...readings("1-aa", 0, 1, 2), ...readings("2-bb", 360, 3, 4)],
                    boots: [reported("1-aa"), reported("2-bb", 2, gap)],
                },
                { ...conditions, sensorFaults },
            ).discrepancies
        assert.deepEqual(discrepancies(4), [], "one interval without power, three unnumbered after two lost readings")
        assert.deepEqual(discrepancies(6), ["the server has a gap of 6 intervals between 1-aa and 2-bb, there were 1"])
    })

    it("reports an interval without a reading, unless a sensor was faulty", () => {
        const history = () =>
            historyOf(
                "3 boot id=1-aa reason=reset",
                ...logged(0, 1, 3),
                "300 reading seq=4 end=300 co2Ppm=504",
                "360 reading seq=5 end=360 co2Ppm=505",
            )
        const server = {
            readings: [...readings("1-aa", 0, 1, 3), ...readings("1-aa", 60, 4, 5)],
            boots: [reported("1-aa")],
        }
        const early = { ...conditions, endS: T0 + 370 }
        assert.deepEqual(reconcile(history(), server, early).discrepancies, [
            "boot 1-aa took no reading in the interval that ends at 240 s, though its sensors had no fault",
        ])
        const faulty = { ...early, sensorFaults: [{ fromS: T0 + 190, untilS: T0 + 200 }] }
        assert.deepEqual(counts(reconcile(history(), server, faulty)), { taken: 5, stored: 5, withoutSensor: 1 })
    })

    it("reports a program that ended by itself, and an error that it caught", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            "4 fault fiber=uplink error=TypeError:x",
            "10 boot id=2-bb reason=reset",
            ...logged(0, 1, 10),
        )
        const { discrepancies } = reconcile(
            history,
            { readings: readings("2-bb", 0, 1, 10), boots: [reported("2-bb")] },
            conditions,
        )
        assert.deepEqual(discrepancies, [
            "the program of boot 1-aa ended by itself",
            "the firmware caught an error: uplink TypeError:x",
        ])
    })
})
