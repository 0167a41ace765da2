import assert from "node:assert/strict"
import { parseSettings, type SettingValues } from "../../devs/api/desired-settings.ts"
import { remoteSettingNames, settingRange } from "../../src/wire.ts"
import { NOW_S, openWorld, type World } from "./support/world.ts"

describe("settings as people write them", () => {
    it("are whole numbers by their names", () => {
        assert.deepEqual(parseSettings(["INTERVAL_S=30", "ASC=0"]), { INTERVAL_S: 30, ASC: 0 })
    })

    const limits: [name: string, good: number[], bad: number[]][] = [
        ["INTERVAL_S", [5, 3600], [4, 3601]],
        ["BATCH", [1, 30], [0, 31]],
        ["ALTITUDE_M", [0, 3000], [3001]],
        ["PRESSURE_HPA", [0, 700, 1200], [1, 699, 1201]],
        ["ASC", [0, 1], [2]],
        ["LOW_POWER", [0, 1], [2]],
        ["CO2_FAIR_PPM", [400, 5000], [0, 399, 5001]],
        ["CO2_POOR_PPM", [400, 5000], [0, 399, 5001]],
        ["RECALIBRATE_PPM", [400, 2000], [0, 399, 2001]],
    ]
    for (const [name, good, bad] of limits) {
        it(`take for ${name} ${good.join(" and ")}, not ${bad.join(" or ")}`, () => {
            for (const value of good) assert.deepEqual(parseSettings([`${name}=${value}`]), { [name]: value })
            for (const value of bad)
                assert.throws(() => parseSettings([`${name}=${value}`]), { code: "SETTING_OUT_OF_RANGE" })
        })
    }

    it("are no others than these", () => {
        assert.deepEqual([...remoteSettingNames()].sort(), limits.map(([name]) => name).sort())
    })

    const wrong: [words: string[], code: string, message: RegExp, nextStep: RegExp][] = [
        [["INTERVAL_S"], "SETTING_MALFORMED", /"INTERVAL_S" is no setting/, /KEY=VALUE/],
        [["INTERVAL_S="], "SETTING_MALFORMED", /"INTERVAL_S="/, /KEY=VALUE/],
        [["=30"], "SETTING_MALFORMED", /"=30"/, /KEY=VALUE/],
        [
            ["INTERVAL=30"],
            "SETTING_UNKNOWN",
            /"INTERVAL"/,
            /INTERVAL_S \(5 to 3600\).*PRESSURE_HPA \(700 to 1200, or 0\)/,
        ],
        [["interval_s=30"], "SETTING_UNKNOWN", /"interval_s"/, /INTERVAL_S/],
        [["constructor=1"], "SETTING_UNKNOWN", /"constructor"/, /INTERVAL_S/],
        [["API_TOKEN=1"], "SETTING_UNKNOWN", /"API_TOKEN"/, /INTERVAL_S/],
        [["INTERVAL_S=4"], "SETTING_OUT_OF_RANGE", /INTERVAL_S is "4": must be 5 to 3600/, /whole number/],
        [["INTERVAL_S=1e2"], "SETTING_OUT_OF_RANGE", /"1e2"/, /whole number/],
        [["INTERVAL_S=30.5"], "SETTING_OUT_OF_RANGE", /"30.5"/, /whole number/],
        [["INTERVAL_S=-30"], "SETTING_OUT_OF_RANGE", /"-30"/, /whole number/],
        [["INTERVAL_S= 30"], "SETTING_OUT_OF_RANGE", /" 30"/, /whole number/],
        [["ASC=1", "ASC=0"], "SETTING_TWICE", /ASC stands twice/, /once/],
    ]
    for (const [words, code, message, nextStep] of wrong) {
        it(`are refused as ${words.join(" ")}: ${code}`, () => {
            assert.throws(() => parseSettings(words), { code, message, nextStep })
        })
    }
})

describe("the server's word", () => {
    let world: World
    let seq: number

    beforeEach(async () => {
        world = await openWorld()
        seq = 0
    })
    afterEach(() => world.end())

    const ask = (changes: SettingValues, setAt = NOW_S) => world.store.setDesired("kitchen", changes, setAt)
    const settings = async () => (await world.get("/api/v1/devices/kitchen")).json().device.settings

    /** The answer to the next reading of a device that tells its status; null: to one that tells none. */
    async function answer(status: object | null = { uptimeS: 60 }): Promise<string> {
        seq++
        return (await world.post({ boot: "b1", seq, time: NOW_S, step: 60, co2Ppm: [700], ...(status && { status }) }))
            .body
    }

    const receipt = (revision: number, refused?: string[]) => ({
        uptimeS: 60,
        settings: { revision, ...(refused && { refused }) },
    })

    it("is nothing, while nothing is desired", async () => {
        assert.equal(await answer(), '{"ack":1}')
        assert.equal(await settings(), null)
    })

    it("is told until there is a receipt", async () => {
        ask({ INTERVAL_S: 30, ASC: 0 })
        assert.equal(await answer(), '{"ack":1,"desired":{"revision":1,"INTERVAL_S":30,"ASC":0}}')
        assert.equal(await answer(), '{"ack":2,"desired":{"revision":1,"INTERVAL_S":30,"ASC":0}}')
        assert.equal(await answer(receipt(1)), '{"ack":3}')
        assert.equal(await answer(), '{"ack":4}')
    })

    it("is told again to a device that repeats its receipt of an earlier revision", async () => {
        ask({ INTERVAL_S: 30 })
        await answer(receipt(1))
        ask({ BATCH: 2 })
        assert.equal(await answer(receipt(1)), '{"ack":2,"desired":{"revision":2,"INTERVAL_S":30,"BATCH":2}}')
        assert.equal(await answer(receipt(2)), '{"ack":3}')
    })

    it("is not told to a firmware that tells no status, which takes no longer answer", async () => {
        ask({ INTERVAL_S: 30 })
        assert.equal(await answer(null), '{"ack":1}')
    })

    it("is told to a device of whose status nothing can be read", async () => {
        ask({ INTERVAL_S: 30 })
        assert.equal(await answer({ uptime: 5 }), '{"ack":1,"desired":{"revision":1,"INTERVAL_S":30}}')
    })

    it("is for one device", async () => {
        world.store.addDevice({ id: "attic", name: "Attic", tokenSha256: "0", createdAt: NOW_S })
        world.store.setDesired("attic", { INTERVAL_S: 30 }, NOW_S)
        assert.equal(await answer(), '{"ack":1}')
    })

    it("holds what was asked for before, the newest value of each", async () => {
        ask({ INTERVAL_S: 30, ASC: 0 })
        ask({ INTERVAL_S: 60, BATCH: 2 })
        assert.equal(await answer(), '{"ack":1,"desired":{"revision":2,"INTERVAL_S":60,"BATCH":2,"ASC":0}}')
    })

    it("asks for a recalibration in one revision only", async () => {
        ask({ RECALIBRATE_PPM: 420 })
        assert.equal(await answer(), '{"ack":1,"desired":{"revision":1,"RECALIBRATE_PPM":420}}')
        ask({ ASC: 0 })
        assert.equal(await answer(), '{"ack":2,"desired":{"revision":2,"ASC":0}}')
        ask({ RECALIBRATE_PPM: 430 })
        assert.equal(await answer(receipt(2)), '{"ack":3,"desired":{"revision":3,"ASC":0,"RECALIBRATE_PPM":430}}')
        assert.equal(await answer(receipt(3)), '{"ack":4}')
    })

    it("is shown with what became of it: pending, then applied, the refused names kept", async () => {
        ask({ INTERVAL_S: 30, ASC: 0 }, NOW_S - 500)
        const asked = { revision: 1, setAt: NOW_S - 500, desired: { INTERVAL_S: 30, ASC: 0 } }
        assert.deepEqual(await settings(), { ...asked, applied: null })
        await answer(receipt(1, ["ASC"]))
        world.clock.ms += 60_000
        await answer(receipt(1, ["ASC"]))
        await answer()
        assert.deepEqual(await settings(), { ...asked, applied: { revision: 1, at: NOW_S, refused: ["ASC"] } })
    })

    it("fits into what a device keeps of an answer, 224 bytes, at its longest", async () => {
        ask(Object.fromEntries(remoteSettingNames().map(name => [name, settingRange(name)!.max])))
        const longest =
            '{"ack":2147483647,"desired":{"revision":2147483647,"INTERVAL_S":3600,"BATCH":30,"ALTITUDE_M":3000,"PRESSURE_HPA":1200,"ASC":1,"LOW_POWER":1,"CO2_FAIR_PPM":5000,"CO2_POOR_PPM":5000,"RECALIBRATE_PPM":2000}}'
        assert.equal(
            (await answer())
                .replace('"ack":1,', '"ack":2147483647,')
                .replace('"revision":1,', '"revision":2147483647,'),
            longest,
        )
        assert.ok(longest.length <= 224)
    })

    it("can not be for a device that is not there", () => {
        assert.throws(() => world.store.setDesired("attic", { ASC: 0 }, NOW_S), { code: "DEVICE_UNKNOWN" })
    })
})
