import assert from "node:assert/strict"
import { type Interview, interview } from "../../support/program.ts"

const options = { host: "air.example", port: 8443, token: "tok_1", bootId: "12-0a1b2c3d" }
const LONGEST = 220

describe("a request of the firmware", () => {
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))
    beforeEach(() => {
        ask("ringNew", 1)
        ask("postNew", options, 60)
    })

    it("has exactly these bytes", () => {
        ask("ringPush", 60, [721, null, null, -5, 2727])
        ask("ringPush", 120, [null, null, null, 2318, 10000])
        assert.equal(
            ask("postEncode", 2, 1_422_886_740, 125, 1_422_886_740),
            [
                "POST /api/v1/readings HTTP/1.1",
                "Content-Type:application/json",
                "Host:air.example:8443",
                "Authorization:Bearer tok_1",
                "Content-Length:144",
                "",
                '{"boot":"12-0a1b2c3d","seq":1,"time":1422886800,"age":65,"step":60,"co2Ppm":[721,null],"temperatureC":[-0.05,23.18],"humidityRh":[27.27,100.00]}',
            ].join("\r\n"),
        )
    })

    it("has exactly these bytes in the short form, with differences in the last decimal", () => {
        ask("postNew", options, 60, true)
        ask("ringPush", 60, [721, null, null, -5, 2727])
        ask("ringPush", 120, [null, null, null, 2318, 10000])
        ask("ringPush", 180, [719, null, null, 2318, null])
        assert.equal(
            ask("postEncode", 3, 1_422_886_740, 180, 1_422_886_740),
            [
                "POST /r HTTP/1.1",
                "Host:air.example:8443",
                "Authorization:Bearer tok_1",
                "Content-Length:113",
                "",
                '{"boot":"12-0a1b2c3d","seq":1,"time":1422886800,"co2":[721,null,-2],"tem":[-0.05,2323,0],"hum":[27.27,7273,null]}',
            ].join("\r\n"),
        )
    })

    it("has in the short form an age and a step that are not the usual ones, and a null without a clock", () => {
        ask("postNew", options, 30, true)
        ask("ringPush", 60, [721])
        const members = (nowS: number, clockOffsetS: number | null) => {
            const { age, step } = body(1, 1_422_886_740, nowS, clockOffsetS)
            return [age, step]
        }
        assert.deepEqual(members(60, 1_422_886_740), [undefined, 30])
        assert.deepEqual(members(61, 1_422_886_740), [1, 30])
        assert.deepEqual(members(60, null), [null, 30])
    })

    it("holds 30 readings of which each is as far from the one before as can be", () => {
        ask("postNew", options, 60, true)
        for (let at = 1; at <= 30; at++)
            ask("ringPush", 60 * at, at % 2 ? [250, 400, 0, -4000, 0] : [39_999, 60_000, 60_000, 12_500, 10_000])
        assert.equal((body(30, 1_422_886_740, 1_000_000).hum as number[])[29], 10_000)
    })

    const body = (count: number, offsetS: number | null, nowS: number, clockOffsetS = offsetS) =>
        JSON.parse(ask<string>("postEncode", count, offsetS, nowS, clockOffsetS).split("\r\n\r\n")[1]!) as Record<
            string,
            unknown
        >

    it("names no port if it is 443", () => {
        ask("postNew", { ...options, port: 443 }, 60)
        ask("ringPush", 60, [721])
        assert.match(ask<string>("postEncode", 1, null, 60, null), /^Host:air\.example\r$/m)
    })

    it("has an age while the time is unknown, and the interval as the step of a single reading", () => {
        ask("ringPush", 60, [721])
        assert.deepEqual(body(1, null, 1260), { boot: "12-0a1b2c3d", seq: 1, age: 1200, step: 60, co2Ppm: [721] })
    })

    it("has an age beside the time if the device knows the time of day, so that its clock is seen", () => {
        ask("ringPush", 60, [721])
        const of = (clockOffsetS: number | null) => {
            const { time, age } = body(1, 1_422_886_740, 125, clockOffsetS)
            return [time, age]
        }
        assert.deepEqual(of(1_422_886_740), [1_422_886_800, 65])
        assert.deepEqual(of(1_422_890_340), [1_422_886_800, 3665], "a reading of an earlier boot")
        assert.deepEqual(of(null), [1_422_886_800, undefined])
        assert.deepEqual(of(1_422_880_000), [1_422_886_800, undefined], "the clock was set back")
    })

    it("reports how many readings were lost", () => {
        ask("ringPushMany", 3, 60, 60, [721])
        ask("ringDropOldest")
        assert.deepEqual(body(2, null, 180), {
            boot: "12-0a1b2c3d",
            seq: 2,
            age: 60,
            step: 60,
            lost: 1,
            co2Ppm: [721, 721],
        })
    })

    it("stays below 2 kB for 30 of the longest readings, the longest address and the longest token", () => {
        ask(
            "postNew",
            {
                ...options,
                host: "h".repeat(LONGEST - "https://:65535".length),
                port: 65535,
                token: "t".repeat(LONGEST),
                bootId: "999999999-0a1b2c3d",
            },
            60,
        )
        ask("ringPushMany", 30, 130_000_000, 3600, [39999, 59999, 59999, -4499, 10000])
        const request = ask<string>("postEncode", 30, 1_900_000_000, 134_000_000, 1_900_000_000)
        assert.ok(request.length < 2048, `${request.length} bytes`)
        assert.equal((JSON.parse(request.split("\r\n\r\n")[1]!) as { humidityRh: number[] }).humidityRh.length, 30)
    })
})
