import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import fc from "fast-check"
import { faultText, parseFault, parseFaults } from "../../../devs/sim/faults/fault.ts"
import type { AnyKind } from "../../../devs/sim/faults/kind.ts"
import { type Fault, type FaultKind, faultKinds, optionsOf } from "../../../devs/sim/faults/kinds.ts"
import { partNames } from "../../../devs/sim/sensors/parts.ts"

const HOSTILE = "test/fixtures/faults"

describe("a fault on the command line", () => {
    const read: [string, Fault][] = [
        ["wifi-off", { kind: "wifi-off" }],
        ["wifi-off at=2h for=30m", { kind: "wifi-off", at: 7200, for: 1800 }],
        ["  dns-fail   chance=0.05  times=3 ", { kind: "dns-fail", chance: 0.05, times: 3 }],
        [
            "connect-refused devices=m5stack-1,m5stack-7 at=90",
            { kind: "connect-refused", devices: ["m5stack-1", "m5stack-7"], at: 90 },
        ],
        ["tls-stall after=flight", { kind: "tls-stall", after: "flight" }],
        ["tls-stall lasts=7m result=complete", { kind: "tls-stall", lasts: 420, result: "complete" }],
        ["response-drip every=500ms", { kind: "response-drip", every: 0.5 }],
        [
            "response-status code=503 retryAfter=120 for=1.5h",
            { kind: "response-status", code: 503, retryAfter: 120, for: 5400 },
        ],
        ["response-length by=-5", { kind: "response-length", by: -5 }],
        ["server-clock by=-10m at=1d", { kind: "server-clock", by: -600, at: 86_400 }],
        ["sensor-nack sensor=scd4x chance=1", { kind: "sensor-nack", sensor: "scd4x", chance: 1 }],
        ["flash-cut operation=7 written=12 for=10s", { kind: "flash-cut", operation: 7, written: 12, for: 10 }],
        ["brown-out at=0 cuts=5 every=3s off=1s", { kind: "brown-out", at: 0, cuts: 5, every: 3, off: 1 }],
    ]
    for (const [text, fault] of read) it(`reads "${text}"`, () => assert.deepEqual(parseFault(text), fault))

    const refused: [string, string, RegExp][] = [
        ["", "FAULT_UNKNOWN", /no fault is called ""/],
        ["wifi", "FAULT_UNKNOWN", /no fault is called "wifi"/],
        ["toString", "FAULT_UNKNOWN", /no fault is called "toString"/],
        ["wifi-off 2h", "FAULT_INVALID", /"2h" is not name=value/],
        ["wifi-off at=", "FAULT_INVALID", /"at=" is not name=value/],
        ["wifi-off at=1 at=2", "FAULT_INVALID", /at is given twice/],
        ["wifi-off kind=dns-fail", "FAULT_INVALID", /kind is given twice/],
        ["wifi-off at=2x", "FAULT_INVALID", /at is "2x": must be a duration like 90/],
        ["wifi-off at=-1", "FAULT_INVALID", /at is "-1"/],
        ["wifi-off for=0", "FAULT_INVALID", /for is "0": must be a duration above 0/],
        ["wifi-off chance=0.1", "FAULT_INVALID", /wifi-off has no option "chance", only devices, at, for/],
        ["wifi-off __proto__=1", "FAULT_INVALID", /"__proto__=1" is not name=value/],
        ["dns-fail chance=1.5", "FAULT_INVALID", /chance is "1.5": must be a number above 0 and at most 1/],
        ["dns-fail chance=0", "FAULT_INVALID", /chance is "0"/],
        ["dns-fail devices=,", "FAULT_INVALID", /devices is ","/],
        ["response-status", "FAULT_INVALID", /response-status needs code=…/],
        ["response-status code=99", "FAULT_INVALID", /code is "99": must be a whole number from 200 to 599/],
        ["response-cut byte=1.5", "FAULT_INVALID", /byte is "1.5"/],
        ["tls-stall after=lunch", "FAULT_INVALID", /after is "lunch": must be hello or flight/],
        ["sensor-nack sensor=bme280", "FAULT_INVALID", /sensor is "bme280": must be sgp30 or scd30/],
        ["sensor-hot-plug at=1h for=1h", "FAULT_INVALID", /sensor-hot-plug has no option "for"/],
        ["power-cut at=1h", "FAULT_INVALID", /power-cut needs for=…/],
        ["flash-cut at=1h", "FAULT_INVALID", /flash-cut needs operation=… and for=…/],
        ["server-clock by=2h devices=m5stack", "FAULT_INVALID", /server-clock is the same for all devices/],
        ["server-clock by=0s", "FAULT_INVALID", /by is "0s"/],
    ]
    for (const [text, code, message] of refused)
        it(`refuses "${text}" and says why`, () =>
            assert.throws(
                () => parseFault(text),
                (error: Error & { code?: string; nextStep?: string }) => {
                    assert.equal(error.code, code)
                    assert.match(error.message, message)
                    return Boolean(error.nextStep)
                },
            ))

    it("is written with the largest whole unit", () => {
        assert.equal(
            faultText({ kind: "wifi-off", devices: ["a", "b"], at: 7200, for: 1800.5 }),
            "wifi-off devices=a,b at=2h for=1800.5s",
        )
        assert.equal(faultText({ kind: "server-clock", by: -172_800, at: 90 }), "server-clock by=-2d at=90s")
    })

    it("keeps its values when it is written and read again, in either form", () => {
        fc.assert(
            fc.property(anyFault(), fault => {
                assert.deepEqual(parseFault(faultText(fault)), fault)
                assert.deepEqual(parseFaults(JSON.stringify([fault]), "faults"), [fault])
            }),
        )
    })
})

describe("a list of faults in JSON5", () => {
    it("takes the same names, comments, and durations as numbers or texts", () => {
        const text =
            '[ // a bad afternoon\n { kind: "wifi-off", at: "2h", for: 1800 },\n { kind: \'dns-fail\', devices: ["m5stack-2"], chance: .1 },\n]'
        assert.deepEqual(parseFaults(text, "bad.json5"), [
            { kind: "wifi-off", at: 7200, for: 1800 },
            { kind: "dns-fail", devices: ["m5stack-2"], chance: 0.1 },
        ])
    })

    for (const name of readdirSync(HOSTILE).filter(name => name.endsWith(".json5")))
        it(`is refused: ${name}`, () => {
            const code = name.split(".")[0]!
            assert.throws(
                () => parseFaults(readFileSync(`${HOSTILE}/${name}`, "utf8"), name),
                (error: Error & { code?: string }) => {
                    assert.equal(error.code, code)
                    return error.message.startsWith(name)
                },
            )
        })
})

/** Any kind, with each of its values absent or in range. */
function anyFault(): fc.Arbitrary<Fault> {
    return fc.constantFrom(...(Object.keys(faultKinds) as FaultKind[])).chain(kind => {
        const known: AnyKind = faultKinds[kind]
        const options = optionsOf(known)
        const names = Object.keys(options)
        const given = Object.fromEntries(names.map(name => [name, arbitraryOf(kind, name)]))
        const devices = fc.array(fc.constantFrom("m5stack-1", "b"), { minLength: 1 })
        const model: Record<string, fc.Arbitrary<unknown>> = {
            kind: fc.constant(kind),
            ...(!("global" in known && known.global) && { devices }),
            ...given,
        }
        const requiredKeys = ["kind", ...names.filter(name => options[name]!.required)]
        return fc.record(model, { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<unknown> as fc.Arbitrary<Fault>
    })
}

const spanS = () => fc.integer({ min: 1, max: 1e8 }).map(ms => ms / 1000)
const arbitraries: Record<string, () => fc.Arbitrary<unknown>> = {
    at: spanS,
    for: spanS,
    every: spanS,
    off: spanS,
    chance: () => fc.integer({ min: 1, max: 1000 }).map(share => share / 1000),
    after: () => fc.constantFrom("hello", "flight"),
    end: () => fc.constantFrom("close", "silence"),
    lasts: spanS,
    result: () => fc.constantFrom("close", "complete"),
    sensor: () => fc.constantFrom(...partNames),
    code: () => fc.integer({ min: 200, max: 599 }),
}

function arbitraryOf(kind: FaultKind, name: string): fc.Arbitrary<unknown> {
    if (kind === "server-clock" && name === "by") return spanS().map(value => -value)
    return (arbitraries[name] ?? (() => fc.integer({ min: 1, max: 1000 })))()
}
