import assert from "node:assert/strict"
import { startOf } from "../../devs/testbed/fleet-run.ts"
import { parseScenario, readScenario, scenarioNames } from "../../devs/testbed/scenario.ts"
import { hasCode } from "../support/error-code.ts"

describe("scenarios of fleets", () => {
    it("are all valid that come with airpin", async () => {
        for (const name of scenarioNames()) assert.ok((await readScenario(name)).title.length > 10, name)
    })

    it("take what is left out from defaults", () => {
        const { settings, sensors, boots, faults, steps } = parseScenario("{ devices: 3, for: '2h' }", "a.json5")
        assert.deepEqual([settings, sensors, boots, faults, steps], [{}, ["scd4x"], 600, [], []])
    })

    for (const [text, message] of [
        ["{", /^a\.json5 is not JSON5/],
        ["[]", /is not an object/],
        ["{ for: '1h' }", /devices is undefined: must be a whole number/],
        ["{ devices: 1, for: 0 }", /for is 0: must be a duration above 0/],
        ["{ devices: 1, for: 9, colour: 1 }", /there is no "colour"/],
        ["{ devices: 1, for: 9, sensors: ['bme'] }", /sensors has "bme"/],
        [
            "{ devices: 1, for: 9, settings: { INTERVAL_S: 1 } }",
            /INTERVAL_S is 1: must be a whole number from 5 to 3600/,
        ],
        ["{ devices: 1, for: 9, settings: { API_TOKEN: 1 } }", /no setting is called "API_TOKEN"/],
        [
            "{ devices: 1, for: 9, faults: [{ kind: 'response-lost' }] }",
            /fault 1: response-lost is for airpin sim --fault/,
        ],
        ["{ devices: 1, for: 9, faults: [{ kind: 'wifi-off', share: 2 }] }", /share is 2/],
        ["{ devices: 1, for: 9, rotation: { at: 60, share: 0.5 } }", /rotation: restAt is undefined/],
        ["{ devices: 1, for: 9, rotation: { at: 61, share: 0.5, restAt: 90 } }", /at must be whole minutes/],
        ["{ devices: 1, for: 9, rotation: { at: 60, share: 0.5, restAt: 60 } }", /restAt must be after at/],
        ["{ devices: 1, for: 9, steps: [{ at: 3 }] }", /step 1: devices is undefined/],
    ] as const)
        it(`are refused if they are ${text}`, () => {
            const read = () => parseScenario(text, "a.json5")
            assert.throws(read, hasCode("SCENARIO_INVALID"))
            assert.throws(read, { message })
        })

    it("plug their devices in evenly, step by step", () => {
        const scenario = parseScenario(
            "{ devices: 6, for: '3h', boots: 40, steps: [{ at: 0, devices: 2 }, { at: '1h', devices: 4 }, { at: '2h', devices: 6 }] }",
            "a.json5",
        )
        assert.deepEqual(
            Array.from({ length: 6 }, (_, at) => startOf(scenario, at)),
            [0, 20, 3600, 3620, 7200, 7220],
        )
    })
})
