import assert from "node:assert/strict"
import { limitPresets } from "../../devs/api/site/site.ts"
import { quantityNames } from "../../devs/api/store/records.ts"
import {
    lossTerms,
    lossTexts,
    quantityTerms,
    sensorErrorTerms,
    startTerms,
    termOf,
    uplinkErrorTerms,
} from "../../devs/api/terms.ts"
import { lossReasons, restartReasons, type SensorStatus, settingRange, uplinkStates } from "../../src/wire.ts"

/** States in which no post has failed. */
const otherStates = ["idle", "connecting", "sending", "ok", "unconfigured"]

describe("the terms for people", () => {
    const tables: [what: string, terms: object, names: readonly string[]][] = [
        ["quantity", quantityTerms, quantityNames],
        ["restart reason", startTerms, [...restartReasons(), "power", "unknown"]],
        ["state of a failed uplink", uplinkErrorTerms, uplinkStates().filter(state => !otherStates.includes(state))],
        ["loss reason", lossTerms, lossReasons()],
    ]
    for (const [what, terms, names] of tables) {
        it(`name every ${what} of src/wire.ts and no other`, () => {
            assert.deepEqual(Object.keys(terms).sort(), [...names].sort())
        })
    }

    it("name the errors of a sensor that its status counts", () => {
        const counts = { nack: 1, crc: 1, stale: 1, range: 1 } satisfies SensorStatus
        assert.deepEqual(Object.keys(sensorErrorTerms), Object.keys(counts))
    })

    it("keep a name of later firmware as it is", () => {
        assert.deepEqual(
            [termOf(startTerms, "brownout"), termOf(startTerms, "constructor")],
            ["brownout", "constructor"],
        )
    })

    it("split losses by reason, without zeros", () => {
        assert.deepEqual(lossTexts({ lost: 9, rejected: 1, undated: 0, damaged: 3 }), [
            "1 rejected by the server",
            "3 damaged in flash",
            "5 for lack of memory",
        ])
    })

    it("rate CO2 by the defaults of the device's own thresholds", () => {
        assert.deepEqual(
            [limitPresets.uba.fairPpm, limitPresets.uba.poorPpm],
            [settingRange("CO2_FAIR_PPM")?.default, settingRange("CO2_POOR_PPM")?.default],
        )
    })
})
