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
                "Host: air.example:8443",
                "Authorization: Bearer tok_1",
                "Content-Type: application/json",
                "Content-Length: 144",
                "",
                '{"boot":"12-0a1b2c3d","seq":1,"time":1422886800,"age":65,"step":60,"co2Ppm":[721,null],"temperatureC":[-0.05,23.18],"humidityRh":[27.27,100.00]}',
            ].join("\r\n"),
        )
    })

    const body = (count: number, offsetS: number | null, nowS: number, clockOffsetS = offsetS) =>
        JSON.parse(ask<string>("postEncode", count, offsetS, nowS, clockOffsetS).split("\r\n\r\n")[1]!) as Record<
            string,
            unknown
        >

    it("names no port if it is 443", () => {
        ask("postNew", { ...options, port: 443 }, 60)
        ask("ringPush", 60, [721])
        assert.match(ask<string>("postEncode", 1, null, 60, null), /^Host: air\.example\r$/m)
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
