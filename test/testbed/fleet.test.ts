import assert from "node:assert/strict"
import { withResources } from "../../devs/resources.ts"
import { type FleetOutcome, type FleetReport, runFleet } from "../../devs/testbed/fleet-run.ts"
import { parseScenario } from "../../devs/testbed/scenario.ts"

/** A quarter of an hour is enough for a batch of two before the cut and one after it. */
const scenario = parseScenario(
    `{
        devices: 6,
        for: "14m",
        room: "classroom",
        boots: "1m",
        settings: { INTERVAL_S: 60, BATCH: 2, LOW_POWER: 1 },
        faults: [{ kind: "power-cut", at: "6m", for: "1m", share: 0.5 }],
    }`,
    "the test",
)

describe("a fleet over two threads", () => {
    let outcome: FleetOutcome
    const reports: FleetReport[] = []
    before(async () => {
        outcome = await withResources(resources =>
            runFleet(resources, {
                scenario,
                seed: 1,
                threads: 2,
                directory: resources.temporaryFolder("fleet-test"),
                onProgress: report => reports.push(report),
            }),
        )
    })

    it("balances its books, device by device", () => {
        const { taken, stored, lost, onlyInRam, discrepancies, books } = outcome
        assert.deepEqual([discrepancies, outcome.threads, books.length], [[], 2, 6])
        assert.equal(taken, stored + lost + onlyInRam)
        assert.ok(stored >= 60 && onlyInRam <= 3 * 2, `${stored} stored, ${onlyInRam} only in RAM`)
        for (const { id, powerCuts, onlyInRam } of books.slice(3)) assert.deepEqual([powerCuts, onlyInRam], [0, 0], id)
    })

    it("cuts the power of the first half only, and says when each was back", () => {
        assert.deepEqual(
            outcome.books.map(({ powerCuts, boots }) => [powerCuts, boots]),
            [1, 1, 1, 0, 0, 0].map(cuts => [cuts, cuts + 1]),
        )
        const { half = 0, all = 0 } = outcome.backAfterS ?? {}
        assert.ok(half > 60 && all < 120, `${half} s, ${all} s`)
    })

    it("sends everything over TLS to the server, which refuses nothing", () => {
        assert.deepEqual(Object.keys(outcome.statuses), ["200"])
        assert.deepEqual([outcome.handshakes, outcome.refusals, outcome.panics], [9, 0, 0])
    })

    it("reports each minute, while one device after the other is plugged in", () => {
        assert.deepEqual(
            reports.slice(0, 3).map(({ simulatedSeconds, running }) => [simulatedSeconds, running]),
            [
                [60, 6],
                [120, 6],
                [180, 6],
            ],
        )
        assert.ok(reports.at(-1)!.simulatedSeconds <= 20 * 60, `${reports.at(-1)!.simulatedSeconds} s`)
    })
})
