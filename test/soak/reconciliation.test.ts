import assert from "node:assert/strict"
import { parseDeviceLog } from "../../devs/sim/chip/device-log.ts"
import { DeviceHistory } from "../../devs/soak/device-history.ts"
import {
    type Circumstances,
    type Ledger,
    reconcile,
    type ServerRecords,
    type ServerReading,
} from "../../devs/soak/reconciliation.ts"

/** A minute after the hour, Unix seconds. */
const T0 = 1_767_600_060
const circumstances: Circumstances = {
    intervalS: 60,
    batch: 5,
    quantities: ["co2Ppm", "humidityRh"],
    endS: T0 + 600,
    sensorTrouble: [],
    clockTrouble: [],
}

/** A device that says these lines, each with its second since T0 in front; "cut" and "store-lost" befall it. */
function historyOf(...lines: string[]): DeviceHistory {
    const history = new DeviceHistory()
    for (const line of lines) {
        const [, second, text] = /^(\d+) (.*)$/.exec(line)!
        const atMs = (T0 + Number(second)) * 1000
        if (text === "cut" || text === "torn") history.cut(atMs, text === "torn")
        else if (text === "store-lost") history.loseStore()
        else history.record(parseDeviceLog(`> ${text}`)!, atMs)
    }
    history.close((T0 + 600) * 1000)
    return history
}

const readings = (boot: string, startS: number, first: number, last: number): ServerReading[] =>
    Array.from({ length: last - first + 1 }, (_, at) => ({
        boot,
        seq: first + at,
        time: T0 + startS + 60 * (first + at),
        co2Ppm: 500 + first + at,
        humidityRh: null,
    }))

const said = (startS: number, first: number, last: number) =>
    Array.from(
        { length: last - first + 1 },
        (_, at) =>
            `${startS + 60 * (first + at)} reading seq=${first + at} end=${60 * (first + at)} co2Ppm=${500 + first + at}`,
    )

const start = (id: string, lost = 0, gap = 0, timeUncertaintyS = 0) => ({ id, lost, gap, timeUncertaintyS })

/** A device that took ten readings without anything going wrong, and a server that has them. */
const quietHistory = () => historyOf("3 boot id=1-aa reason=reset", ...said(0, 1, 10))
const quietServer = (): ServerRecords => ({ readings: readings("1-aa", 0, 1, 10), boots: [start("1-aa")] })

function counts({ discrepancies, ...ledger }: Ledger) {
    return Object.fromEntries(
        Object.entries(ledger).filter(([, count]) =>
            typeof count === "number" ? count > 0 : Object.keys(count).length > 0,
        ),
    )
}

describe("a reckoning", () => {
    it("balances when all that was taken is there once", () => {
        const ledger = reconcile(quietHistory(), quietServer(), circumstances)
        assert.deepEqual([counts(ledger), ledger.discrepancies], [{ taken: 10, stored: 10 }, []])
    })

    const falsified: Record<string, { server: (server: ServerRecords) => void; discrepancy: RegExp }> = {
        "a reading twice": {
            server: ({ readings }) => readings.push({ ...readings[3]! }),
            discrepancy: /^the server has a reading twice: 1-aa 4$/,
        },
        "a reading swallowed": {
            server: ({ readings }) => readings.splice(3, 1),
            discrepancy: /^1 readings are neither on the server nor counted as lost; missing are 1-aa 4$/,
        },
        "the newest reading swallowed": {
            server: ({ readings }) => readings.pop(),
            discrepancy: /^boot 1-aa: the newest 1 readings never came/,
        },
        "a reading nobody took": {
            server: ({ readings }) => readings.push(...readingsOfNobody),
            discrepancy: /^the server has a reading that was never taken: 2-bb 1$/,
        },
        "a value changed": {
            server: ({ readings }) => (readings[3]!.co2Ppm = 505),
            discrepancy: /^1-aa 4: co2Ppm was 504, the server has 505$/,
        },
        "a value added": {
            server: ({ readings }) => (readings[3]!.humidityRh = 40),
            discrepancy: /^1-aa 4: humidityRh was undefined, the server has 40$/,
        },
        "a time 5 s off": {
            server: ({ readings }) => (readings[3]!.time += 5),
            discrepancy: /^1-aa 4: taken at 1767600300, the server has 1767600305, at most 4 s off are allowed$/,
        },
        "a loss nobody had": {
            server: ({ boots }) => (boots[0]!.lost = 2),
            discrepancy: /^boot 1-aa: the server was told of 2 lost readings, the device lost 0$/,
        },
    }
    const readingsOfNobody = readings("2-bb", 0, 1, 1)

    for (const [what, { server: falsify, discrepancy }] of Object.entries(falsified))
        it(`complains of ${what}`, () => {
            const server = quietServer()
            falsify(server)
            const { discrepancies } = reconcile(quietHistory(), server, circumstances)
            assert.equal(discrepancies.length, 1)
            assert.match(discrepancies[0]!, discrepancy)
        })

    it("shows what was in RAM alone at a cut, and the intervals counted between the boots", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            ...said(0, 1, 4),
            "250 cut",
            "425 boot id=2-bb reason=reset",
            ...said(422, 1, 2),
        )
        const ledger = reconcile(
            history,
            {
                readings: [...readings("1-aa", 0, 1, 2), ...readings("2-bb", 422, 1, 2)],
                boots: [start("1-aa"), start("2-bb", 0, 6)],
            },
            circumstances,
        )
        assert.deepEqual([counts(ledger), ledger.discrepancies], [{ taken: 6, stored: 4, cut: 2, gap: 6 }, []])
    })

    it("takes what lies in flash for safe", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            ...said(0, 1, 4),
            "245 journal seq=4 count=4 bytes=40 block=0",
            "250 cut",
            "425 boot id=2-bb reason=reset",
            ...said(422, 1, 2),
        )
        const server = {
            readings: [...readings("1-aa", 0, 1, 3), ...readings("2-bb", 422, 1, 2)],
            boots: [start("1-aa"), start("2-bb", 0, 4)],
        }
        assert.deepEqual(reconcile(history, server, circumstances).discrepancies, [
            "1 readings are neither on the server nor counted as lost; missing are 1-aa 4",
        ])
        server.readings.push(...readings("1-aa", 0, 4, 4))
        assert.deepEqual(counts(reconcile(history, server, circumstances)), { taken: 6, stored: 6, gap: 4 })
        server.boots[1]!.gap = 0
        assert.deepEqual(reconcile(history, server, circumstances).discrepancies, [
            "0 intervals were counted between 1-aa and 2-bb, there were 4",
        ])
        server.boots[1]!.gap = 9
        assert.deepEqual(reconcile(history, server, circumstances).discrepancies, [
            "9 intervals were counted between 1-aa and 2-bb, there were 4",
        ])
    })

    it("takes what the device counts as lost, by reason, and a store that is lost with all in it", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            ...said(0, 1, 4),
            "245 lost total=1 reason=full",
            "246 lost total=3 reason=undated",
            "250 journal seq=4 count=1 bytes=40 block=0",
            "251 cut",
            "252 store-lost",
            "425 boot id=1-bb reason=reset",
            ...said(422, 1, 2),
        )
        const ledger = reconcile(
            history,
            { readings: readings("1-bb", 422, 1, 2), boots: [start("1-bb")] },
            circumstances,
        )
        assert.deepEqual(
            [counts(ledger), ledger.discrepancies],
            [{ taken: 6, stored: 2, lost: { full: 1, undated: 2 }, storeLost: 1 }, []],
        )
    })

    it("knows a time that is off because the power went just as the device restarted itself", () => {
        const boots = [start("1-aa"), start("2-bb")]
        const server = { readings: [...readings("1-aa", 120, 1, 2), ...readings("2-bb", 242, 1, 5)], boots }
        const history = (restartReason: string) =>
            historyOf(
                "3 boot id=1-aa reason=reset",
                ...said(0, 1, 2),
                "122 journal seq=2 count=2 bytes=40 block=0",
                "122 torn",
                `245 boot id=2-bb reason=${restartReason}`,
                ...said(242, 1, 5),
            )
        const { discrepancies, ...ledger } = reconcile(history("stalled"), server, circumstances)
        assert.deepEqual([ledger.misdated, discrepancies], [2, []])
        const complained = (restartReason: string) =>
            reconcile(history(restartReason), server, circumstances).discrepancies.filter(text =>
                /: taken at/.test(text),
            ).length
        assert.equal(complained("reset"), 2)
        server.readings[0]!.time += 10
        assert.equal(complained("stalled"), 1)
    })

    it("complains of intervals counted that never were, unless the cut was in a write of flash", () => {
        const history = (end: string) =>
            historyOf(
                "3 boot id=1-aa reason=reset",
                ...said(0, 1, 4),
                `250 ${end}`,
                "305 boot id=2-bb reason=reset",
                ...said(302, 1, 4),
            )
        const ledger = (end: string, gap: number) =>
            reconcile(
                history(end),
                {
                    readings: [...readings("1-aa", 0, 1, 4), ...readings("2-bb", 302, 1, 4)],
                    boots: [start("1-aa"), start("2-bb", 0, gap)],
                },
                circumstances,
            )
        assert.deepEqual(ledger("cut", 60).discrepancies, [
            "60 intervals were counted between 1-aa and 2-bb, there were 2",
        ])
        assert.deepEqual(ledger("torn", 60).discrepancies, [])
    })

    it("allows a gap that reaches to where the numbers begin, when the first readings were given up and a part was out of order after them", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            ...said(0, 1, 2),
            "122 journal seq=2 count=2 bytes=40 block=0",
            "125 cut",
            "185 boot id=2-bb reason=reset",
            ...said(180, 1, 2),
            "400 lost total=2 reason=full",
            "540 reading seq=3 end=360 co2Ppm=503",
            "600 reading seq=4 end=420 co2Ppm=504",
        )
        const sensorTrouble = [{ fromS: T0 + 310, untilS: T0 + 520 }]
        const discrepancies = (gap: number) =>
            reconcile(
                history,
                {
                    readings: [...readings("1-aa", 0, 1, 2), ...readings("2-bb", 360, 3, 4)],
                    boots: [start("1-aa"), start("2-bb", 2, gap)],
                },
                { ...circumstances, sensorTrouble },
            ).discrepancies
        assert.deepEqual(discrepancies(4), [], "one without power, three after two lost ones")
        assert.deepEqual(discrepancies(6), ["6 intervals were counted between 1-aa and 2-bb, there were 1"])
    })

    it("complains of an interval without a reading, unless a part was out of order", () => {
        const history = () =>
            historyOf(
                "3 boot id=1-aa reason=reset",
                ...said(0, 1, 3),
                "300 reading seq=4 end=300 co2Ppm=504",
                "360 reading seq=5 end=360 co2Ppm=505",
            )
        const server = {
            readings: [...readings("1-aa", 0, 1, 3), ...readings("1-aa", 60, 4, 5)],
            boots: [start("1-aa")],
        }
        const early = { ...circumstances, endS: T0 + 370 }
        assert.deepEqual(reconcile(history(), server, early).discrepancies, [
            "boot 1-aa took no reading of the interval that ends at 240 s, though its parts were in order",
        ])
        const trouble = { ...early, sensorTrouble: [{ fromS: T0 + 190, untilS: T0 + 200 }] }
        assert.deepEqual(counts(reconcile(history(), server, trouble)), { taken: 5, stored: 5, withoutSensor: 1 })
    })

    it("complains of a program that ended by itself, and of an error that it caught", () => {
        const history = historyOf(
            "3 boot id=1-aa reason=reset",
            "4 fault fiber=uplink error=TypeError:x",
            "10 boot id=2-bb reason=reset",
            ...said(0, 1, 10),
        )
        const { discrepancies } = reconcile(
            history,
            { readings: readings("2-bb", 0, 1, 10), boots: [start("2-bb")] },
            circumstances,
        )
        assert.deepEqual(discrepancies, [
            "the program of boot 1-aa ended by itself",
            "the firmware caught an error: uplink TypeError:x",
        ])
    })
})
