import assert from "node:assert/strict"
import { parseDeviceLog } from "../../../devs/sim/chip/device-log.ts"

describe("parsing the device's log", () => {
    it("returns an event with its values", () => {
        assert.deepEqual(parseDeviceLog("> reading seq=17 end=1020 co2Ppm=721 temperatureC=-0.05\n"), {
            event: "reading",
            values: { seq: "17", end: "1020", co2Ppm: "721", temperatureC: "-0.05" },
        })
    })

    it("accepts an event without values, and an empty value", () => {
        assert.deepEqual(parseDeviceLog("> sensor name="), { event: "sensor", values: { name: "" } })
        assert.deepEqual(parseDeviceLog("* wake"), { event: "wake", values: {} })
    })

    it("ignores the runtime's own lines", () => {
        for (const line of [
            "fstor: mounted; 8144 free",
            "* DeviceScript Simulator (WASM) v2.16.4; file v2.16.0",
            "? socket tls://a:1 open",
        ])
            assert.equal(parseDeviceLog(line), undefined, line)
    })
})
