import assert from "node:assert/strict"
import { parseFaults } from "../../devs/sim/faults/fault.ts"
import { type Fault, faultKinds } from "../../devs/sim/faults/kinds.ts"
import { windowsOf } from "../../devs/sim/faults/windows.ts"
import { planDevices, planFaults } from "../../devs/soak/plan.ts"

const DAYS = 30
const plan = (seed: number) => planFaults(seed, DAYS, planDevices(seed, 5))
const power = ["power-cut", "brown-out", "flash-cut"]

/** Name of the sequence of a fault: faults of one sequence would hide each other. */
function sequenceOf({ kind, devices = [] }: Fault): string {
    const [prefix] = kind.split("-")
    return `${devices} ${kind === "server-clock" ? kind : prefix === "sensor" || prefix === "i2c" ? "sensor" : power.includes(kind) ? "power" : "network"}`
}

describe("the plan of a soak", () => {
    it("has every kind of fault", () => {
        const kinds = new Set([1, 2, 3].flatMap(plan).map(({ kind }) => kind))
        assert.deepEqual([...kinds].sort(), Object.keys(faultKinds).sort())
    })

    it("has only valid faults, which end before the soak does", () => {
        const faults = plan(1)
        assert.deepEqual(parseFaults(JSON.stringify(faults), "plan"), faults)
        for (const fault of faults)
            for (const { untilMs } of windowsOf(fault, 0))
                assert.ok(fault.kind === "flash-cut" || untilMs < DAYS * 86_400_000, fault.kind)
    })

    it("depends on the seed alone", () => {
        assert.deepEqual(plan(7), plan(7))
        assert.notDeepEqual(plan(7), plan(8))
    })

    it("never lets two faults of one sequence overlap", () => {
        const faults = plan(4)
        for (const sequence of new Set(faults.map(sequenceOf))) {
            const sorted = faults.filter(fault => sequenceOf(fault) === sequence).sort((a, b) => a.at! - b.at!)
            for (const [at, fault] of sorted.entries())
                assert.ok(at === 0 || fault.at! >= endOf(sorted[at - 1]!) + 600, sequence)
        }
    })

    it("has 2 to 5 network faults a day, 2 to 5 power cuts a week and 0.5 to 6 long outages in 30 days", () => {
        const faults = [1, 2, 3, 4].flatMap(plan)
        const deviceDays = 4 * 5 * DAYS
        const count = (is: (fault: Fault) => boolean) => faults.filter(is).length
        const perDay = count(fault => sequenceOf(fault).endsWith("network")) / deviceDays
        const perWeek = (7 * count(fault => power.includes(fault.kind))) / deviceDays
        const long = (30 * count(fault => sequenceOf(fault).endsWith("network") && fault.for! >= 86_400)) / deviceDays
        assert.ok(perDay > 2 && perDay < 5, `${perDay} a day`)
        assert.ok(perWeek > 2 && perWeek < 5, `${perWeek} cuts a week`)
        assert.ok(long > 0.5 && long < 6, `${long} outages in 30 days`)
    })

    it("with a fault density of 8 packs the faults of a month into four days, long outages among them", () => {
        const dense = (seed: number) => planFaults(seed, DAYS / 8, planDevices(seed, 5), 8)
        const cuts = (faults: Fault[]) => faults.filter(({ kind }) => power.includes(kind)).length
        const [usual, close] = [[1, 2, 3, 4].flatMap(plan), [1, 2, 3, 4].flatMap(dense)]
        assert.ok(
            cuts(close) > 0.6 * cuts(usual) && cuts(close) < cuts(usual),
            `${cuts(close)} cuts for ${cuts(usual)}`,
        )
        assert.ok(
            close.length > 0.4 * usual.length && close.length < usual.length,
            `${close.length} faults for ${usual.length}`,
        )
        assert.ok(close.every(fault => (fault.for ?? 0) <= (3 * 86_400) / 8))
        assert.ok(
            close.some(fault => (fault.for ?? 0) > 86_400 / 8),
            "long outages are still there",
        )
    })
})

function endOf(fault: Fault): number {
    if (fault.kind === "sensor-hot-plug") return fault.at - 600
    return fault.at! + (fault.kind === "brown-out" ? fault.cuts! * fault.every! : fault.for!)
}
