import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { parseSettings } from "../../devs/api/desired-settings.ts"
import { setDesired } from "../../devs/api/store/device-state.ts"
import { insertDevice } from "../../devs/api/store/devices.ts"
import type { SettingValues } from "../../devs/api/store/records.ts"
import { panelSettingNames, remoteSettingNames, settingRange } from "../../src/wire.ts"
import { NOW_S, openWorld, type World } from "./support/world.ts"

describe("settings on the command line", () => {
    it("are parsed to whole numbers by name", () => {
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
        ["LIGHT", [0, 100], [101]],
        ["NIGHT_FROM_H", [0, 23], [24]],
        ["NIGHT_TO_H", [0, 23], [24]],
        ["NIGHT_LIGHT", [0, 100], [101]],
        ["TONE", [0, 1], [2]],
        ["TONE_REPEAT_MIN", [0, 1440], [1441]],
        ["QUIET_FROM_H", [0, 23], [24]],
        ["QUIET_TO_H", [0, 23], [24]],
        ["UTC_OFFSET_MIN", [-720, 0, 840], [-721, 841]],
        ["SCREEN_ROTATION", [0, 180], [1, 90, 181]],
        ["SCREEN_BGR", [0, 1, 2], [3]],
        ["SCREEN_INVERT", [0, 1, 2], [3]],
    ]
    for (const [name, good, bad] of limits) {
        it(`accept ${good.join(" and ")} for ${name}, not ${bad.join(" or ")}`, () => {
            for (const value of good) assert.deepEqual(parseSettings([`${name}=${value}`]), { [name]: value })
            for (const value of bad)
                assert.throws(() => parseSettings([`${name}=${value}`]), { code: "SETTING_OUT_OF_RANGE" })
        })
    }

    it("are those of src/wire.ts", () => {
        assert.deepEqual([...remoteSettingNames()].sort(), limits.map(([name]) => name).sort())
    })

    it("have the ranges and defaults that the README of the API lists", () => {
        const readme = readFileSync(new URL("../../devs/api/README.md", import.meta.url), "utf8")
        const rows = [...readme.matchAll(/^\| `([A-Z0-9_]+)` +\| (-?\d+) to (\d+) +\| (\d*) +\|/gm)]
        assert.deepEqual(
            rows.map(([, name, min, max, standard]) => [name, Number(min), Number(max), standard]),
            remoteSettingNames().map(name => {
                const { min, max, default: standard } = settingRange(name)!
                return [name, min, max, name === "RECALIBRATE_PPM" ? "" : String(standard)]
            }),
        )
    })

    const wrong: [texts: string[], code: string, message: RegExp, nextStep: RegExp][] = [
        [["INTERVAL_S"], "SETTING_MALFORMED", /"INTERVAL_S" does not set anything/, /KEY=VALUE/],
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
        [["ASC=1", "ASC=0"], "SETTING_TWICE", /ASC is set twice/, /once/],
    ]
    for (const [texts, code, message, nextStep] of wrong) {
        it(`refuse ${texts.join(" ")}: ${code}`, () => {
            assert.throws(() => parseSettings(texts), { code, message, nextStep })
        })
    }
})

describe("the desired settings of a device", () => {
    let world: World
    let seq: number

    beforeEach(async () => {
        world = await openWorld()
        seq = 0
    })
    afterEach(() => world.end())

    const set = (changes: SettingValues, setAt = NOW_S) => setDesired(world.db, "kitchen", changes, setAt)
    const settings = async () => (await world.get("/api/v1/devices/kitchen")).json().device.settings

    /** The response to the next reading of a device that reports this status; null: to one that reports none. */
    async function response(status: object | null = { uptimeS: 60 }): Promise<string> {
        seq++
        return (await world.post({ boot: "b1", seq, time: NOW_S, step: 60, co2Ppm: [700], ...(status && { status }) }))
            .body
    }

    const report = (revision: number, refused?: string[]) => ({
        uptimeS: 60,
        settings: { revision, ...(refused && { refused }) },
    })

    it("are absent from the response until some are set", async () => {
        assert.equal(await response(), '{"ack":1}')
        assert.equal(await settings(), null)
    })

    it("are sent until the device reports their revision", async () => {
        await set({ INTERVAL_S: 30, ASC: 0 })
        assert.equal(await response(), '{"ack":1,"desired":{"revision":1,"INTERVAL_S":30,"ASC":0}}')
        assert.equal(await response(), '{"ack":2,"desired":{"revision":1,"INTERVAL_S":30,"ASC":0}}')
        assert.equal(await response(report(1)), '{"ack":3}')
        assert.equal(await response(), '{"ack":4}')
    })

    it("are sent again to a device that reports an earlier revision", async () => {
        await set({ INTERVAL_S: 30 })
        await response(report(1))
        await set({ BATCH: 2 })
        assert.equal(await response(report(1)), '{"ack":2,"desired":{"revision":2,"INTERVAL_S":30,"BATCH":2}}')
        assert.equal(await response(report(2)), '{"ack":3}')
    })

    it("are not sent to a firmware that reports no status, which reads no longer response", async () => {
        await set({ INTERVAL_S: 30 })
        assert.equal(await response(null), '{"ack":1}')
    })

    it("are sent to a device of whose status nothing can be read", async () => {
        await set({ INTERVAL_S: 30 })
        assert.equal(await response({ uptime: 5 }), '{"ack":1,"desired":{"revision":1,"INTERVAL_S":30}}')
    })

    it("are sent to one device only", async () => {
        await insertDevice(world.db, { id: "attic", name: "Attic", tokenSha256: "0", createdAt: NOW_S })
        await setDesired(world.db, "attic", { INTERVAL_S: 30 }, NOW_S)
        assert.equal(await response(), '{"ack":1}')
    })

    it("keep what was set before, the newest value of each", async () => {
        await set({ INTERVAL_S: 30, ASC: 0 })
        await set({ INTERVAL_S: 60, BATCH: 2 })
        assert.equal(await response(), '{"ack":1,"desired":{"revision":2,"INTERVAL_S":60,"BATCH":2,"ASC":0}}')
    })

    it("hold a recalibration in one revision only", async () => {
        await set({ RECALIBRATE_PPM: 420 })
        assert.equal(await response(), '{"ack":1,"desired":{"revision":1,"RECALIBRATE_PPM":420}}')
        await set({ ASC: 0 })
        assert.equal(await response(), '{"ack":2,"desired":{"revision":2,"ASC":0}}')
        await set({ RECALIBRATE_PPM: 430 })
        assert.equal(await response(report(2)), '{"ack":3,"desired":{"revision":3,"ASC":0,"RECALIBRATE_PPM":430}}')
        assert.equal(await response(report(3)), '{"ack":4}')
    })

    it("are shown as pending, then as applied, with the refused names", async () => {
        await set({ INTERVAL_S: 30, ASC: 0 }, NOW_S - 500)
        const expected = { revision: 1, setAt: NOW_S - 500, desired: { INTERVAL_S: 30, ASC: 0 } }
        assert.deepEqual(await settings(), { ...expected, applied: null })
        await response(report(1, ["ASC"]))
        world.clock.ms += 60_000
        await response(report(1, ["ASC"]))
        await response()
        assert.deepEqual(await settings(), { ...expected, applied: { revision: 1, at: NOW_S, refused: ["ASC"] } })
    })

    it("fit at their longest into the 224 bytes that a device keeps of a response", async () => {
        const names = remoteSettingNames().filter(name => !panelSettingNames().some(panel => panel === name))
        await set(Object.fromEntries(names.map(name => [name, settingRange(name)!.max])))
        const longest =
            '{"ack":2147483647,"desired":{"revision":2147483647,"INTERVAL_S":3600,"BATCH":30,"ALTITUDE_M":3000,"PRESSURE_HPA":1200,"ASC":1,"LOW_POWER":1,"CO2_FAIR_PPM":5000,"CO2_POOR_PPM":5000,"RECALIBRATE_PPM":2000}}'
        assert.equal(
            (await response())
                .replace('"ack":1,', '"ack":2147483647,')
                .replace('"revision":1,', '"revision":2147483647,'),
            longest,
        )
        assert.ok(longest.length <= 224)
    })

    it("leave out what the device has applied where a response cannot hold them all, except what tells silence", async () => {
        const first = { INTERVAL_S: 30, BATCH: 10, ALTITUDE_M: 300, CO2_FAIR_PPM: 1000, CO2_POOR_PPM: 1500, ASC: 0 }
        await set(first)
        const panel = { LIGHT: 50, NIGHT_FROM_H: 22, NIGHT_TO_H: 6, TONE: 1, QUIET_FROM_H: 20, UTC_OFFSET_MIN: -300 }
        await assert.rejects(set(panel), { code: "SETTINGS_TOO_LONG" })
        await response(report(1))
        await set(panel)
        assert.deepEqual((await settings()).desired, { INTERVAL_S: 30, BATCH: 10, ...panel })
        const long = Object.fromEntries(panelSettingNames().map(name => [name, settingRange(name)!.max]))
        await assert.rejects(set(long), { code: "SETTINGS_TOO_LONG" })
    })

    it("cannot be set for an unknown device", async () => {
        await assert.rejects(setDesired(world.db, "attic", { ASC: 0 }, NOW_S), { code: "DEVICE_UNKNOWN" })
    })
})
