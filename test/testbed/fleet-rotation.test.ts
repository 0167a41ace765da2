import assert from "node:assert/strict"
import { withResources } from "../../devs/resources.ts"
import type { FleetDevicePlan, FleetDeviceResult } from "../../devs/sim/fleet/plan.ts"
import { repinOf, trustDiscrepancies } from "../../devs/testbed/fleet-rotation.ts"
import { type FleetOutcome, runFleet } from "../../devs/testbed/fleet-run.ts"
import { parseScenario } from "../../devs/testbed/scenario.ts"
import { hasCode } from "../support/error-code.ts"

const scenario = parseScenario(
    `{
        devices: 4,
        for: "16m",
        boots: "1m",
        settings: { INTERVAL_S: 60, BATCH: 1, LOW_POWER: 1 },
        rotation: { at: "5m", share: 0.5, restAt: "10m" },
    }`,
    "the test",
)

describe("a rotation of the CA while a fleet runs", () => {
    let outcome: FleetOutcome
    before(async () => {
        outcome = await withResources(resources =>
            runFleet(resources, {
                scenario,
                seed: 1,
                threads: 2,
                directory: resources.temporaryFolder("fleet-test"),
            }),
        )
    })

    it("is refused by exactly the devices without the new anchor, and by no other", () => {
        const { books, refusing, discrepancies } = outcome
        assert.deepEqual(
            books.map(({ refusals }) => refusals > 0),
            [false, false, true, true],
        )
        assert.deepEqual([refusing, discrepancies], [2, []])
    })

    it("loses nothing: what the others kept comes once they are flashed with both anchors", () => {
        const { books } = outcome
        for (const { id, taken, stored, onlyInRam, powerCuts, backAfterS } of books.slice(2)) {
            assert.deepEqual([powerCuts, backAfterS.length], [1, 1], id)
            assert.equal(taken, stored + onlyInRam, id)
        }
        for (const { id, taken, stored, powerCuts, handshakes } of books.slice(0, 2))
            assert.deepEqual([powerCuts, stored, handshakes], [0, taken, 2], id)
    })

    it("is refused if the scenario ends before it does", async () => {
        const run = withResources(resources =>
            runFleet(resources, {
                scenario: { ...scenario, for: 600 },
                seed: 1,
                directory: resources.temporaryFolder("fleet-test"),
            }),
        )
        await assert.rejects(run, hasCode("SCENARIO_INVALID"))
    })

    const [atMs, restMs] = [300_000, 600_000]
    const device = (id: string, repinnedMs: number) => ({ id, startMs: 0, repinnedMs }) as FleetDevicePlan
    const result = (id: string, refusals: number) => ({ id, refusals }) as FleetDeviceResult

    it("finds a device that takes a chain which it does not trust, and one that refuses what it trusts", () => {
        const devices = [device("early", 0), device("late", restMs)]
        const rotation = { atMs, bundle: new Uint8Array() }
        const judged = (early: number, late: number) =>
            trustDiscrepancies([result("early", early), result("late", late)], devices, rotation)
        assert.deepEqual(judged(0, 3), [])
        assert.deepEqual(judged(0, 0), ["late: it holds no anchor of the new chain, and did not refuse it"])
        assert.deepEqual(judged(1, 3), ["early: it refused a chain that it trusts"])
        assert.deepEqual(trustDiscrepancies([result("early", 1)], devices, undefined).length, 1)
    })

    it("gives the first share both anchors from the start", () => {
        assert.deepEqual(
            [0, 1, 2, 3].map(at => repinOf(scenario, at, 1000)),
            [1000, 1000, 601_000, 601_000].map(repinnedMs => ({ repinnedMs })),
        )
        const { rotation: _, ...without } = scenario
        assert.deepEqual(repinOf(without, 0, 1000), {})
    })
})
