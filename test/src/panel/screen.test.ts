import assert from "node:assert/strict"
import { assertGolden } from "../../support/screen/golden-screen.ts"
import { ScreenBench } from "../../support/screen/screen-bench.ts"
import type { Part } from "../../support/workbench.ts"
import { links, silentServer } from "./panel-bench.ts"

const languages = ["en", "de"]
const zone = { UTC_OFFSET_MIN: "60" }
const PINNED = "ISRG Root X1 2035-06,ISRG Root X2 2040-09,USERTrust ECC Certification Authority 2038-01"
const LONGEST = "Hellenic Academic and Research Institutions ECC RootCA 2015 2040-06"

/** Green of good air, as the panel shows it with 5, 6 and 5 bits. */
const GOOD_FIELD = 0x00615a

interface Given {
    language?: string
    parts?: Part[]
    /** of `links` */
    link?: string
    co2Ppm?: number
    settings?: Record<string, string>
    signalDbm?: number
}

/** Switches a device on in this state. */
async function bench({ language = "en", parts, link = "fine", co2Ppm = 721, settings, signalDbm }: Given = {}) {
    const device = await ScreenBench.of(parts)
    device.air = { ...device.air, co2Ppm }
    if (signalDbm !== undefined) device.wifi.signalDbm = signalDbm
    const { settings: way, network } = links[link]!(() => device.nowMs)
    await device.powerUp(
        { ...way, ...zone, INTERVAL_S: "10", BATCH: "1", LANGUAGE: language, ...settings },
        { network },
    )
    return device
}

async function look(name: string, device: ScreenBench) {
    await device.assertLooks(name)
    assert.deepEqual([device.panel.problems, device.panics], [[], []])
}

describe("the screen of an M5Stack Core", function () {
    this.timeout(180_000)

    for (const language of languages) {
        describe(`in the first minutes (${language})`, () => {
            it("says that it starts and joins the Wi-Fi", async () => {
                const device = await bench({ language, signalDbm: -128 })
                device.runSeconds(1.8)
                await look(`joining-${language}`, device)
            })

            it("says to which server it connects", async () => {
                const device = await ScreenBench.of(["sht3x"])
                const settings = { API_URL: "https://air.example", API_TOKEN: "token", INTERVAL_S: "5", BATCH: "1" }
                const network = silentServer(() => device.nowMs)
                await device.powerUp({ ...settings, ...zone, LANGUAGE: language }, { network })
                device.runSeconds(6.8)
                await look(`connecting-${language}`, device)
            })

            it("says what to do about a Wi-Fi that it has not joined after a minute", async () => {
                const device = await bench({ language, parts: ["sht3x"], link: "no Wi-Fi", signalDbm: -128 })
                device.runSeconds(63)
                await look(`no-wifi-${language}`, device)
            })

            it("says that settings are missing", async () => {
                const device = await bench({ language, link: "no settings" })
                device.runSeconds(4)
                await look(`no-settings-${language}`, device)
            })

            it("says which anchors it trusts when the certificate is refused", async () => {
                const device = await bench({
                    language,
                    parts: ["sht3x"],
                    link: "certificate refused",
                    settings: { PINNED },
                })
                device.runSeconds(27)
                await look(`certificate-refused-${language}`, device)
            })

            it("counts the seconds to the first value", async () => {
                const device = await bench({ language })
                device.runSeconds(5)
                await look(`warming-up-${language}`, device)
            })

            it("says that there is no sensor", async () => {
                const device = await bench({ language, parts: [] })
                device.runSeconds(12)
                await look(`no-sensor-${language}`, device)
            })
        })

        it(`shows good, fair and poor air (${language})`, async () => {
            const device = await bench({ language, co2Ppm: 612 })
            device.runSeconds(62)
            await look(`now-good-${language}`, device)
            device.air = { ...device.air, co2Ppm: 1274 }
            device.runSeconds(10)
            await look(`now-fair-${language}`, device)
            device.air = { ...device.air, co2Ppm: 2345 }
            device.runSeconds(10)
            await look(`now-poor-${language}`, device)
        })

        it(`shows what an SGP30 estimates, and says so, where no CO2 is measured (${language})`, async () => {
            const device = await bench({ language, parts: ["sgp30", "sht3x"] })
            device.runSeconds(14)
            await look(`starting-${language}`, device)
            device.runSeconds(48)
            await look(`now-estimate-${language}`, device)
            device.bus.attach(device.scd4x)
            device.runSeconds(300)
            await look(`now-instead-of-estimate-${language}`, device)
        })

        it(`never shows an old number as the present one (${language})`, async () => {
            const device = await bench({ language })
            device.runSeconds(62)
            device.bus.detach(device.scd4x)
            device.runSeconds(200)
            await look(`now-old-${language}`, device)
            device.runSeconds(460)
            await look(`now-gone-${language}`, device)
        })
    }

    for (const [name, link] of Object.entries({
        "no-wifi": "no Wi-Fi",
        away: "server away",
        refused: "certificate refused",
    }))
        it(`keeps the number and says in a line: ${link}`, async () => {
            const device = await bench({ language: "de", link, signalDbm: name === "no-wifi" ? -128 : -72 })
            device.runSeconds(70)
            await look(`now-${name}-de`, device)
        })

    it("shows five digits, frost and a weak signal", async () => {
        const device = await bench({ language: "de", co2Ppm: 12_345, signalDbm: -85 })
        device.air = { ...device.air, temperatureC: -5.26 }
        device.runSeconds(30)
        await look("now-extreme-de", device)
    })

    it("shows the last hour with its gap and the trend, and the last day", async () => {
        const device = await bench({ language: "de", settings: { INTERVAL_S: "300" } })
        for (let quarter = 0; quarter < 92; quarter += 2) {
            device.air = { ...device.air, co2Ppm: dayPpm(quarter) }
            device.runSeconds(8)
            device.skipSeconds(15 * 60)
            device.runSeconds(8)
            device.skipSeconds(15 * 60 - 16)
        }
        for (let minute = 0; minute < 58; minute += 2) {
            device.air = { ...device.air, co2Ppm: 600 + 14 * minute }
            if (minute < 20 || minute > 25) device.runSeconds(8)
            device.skipSeconds(minute < 20 || minute > 25 ? 52 : 60)
            if (minute < 20 || minute > 25) device.runSeconds(8)
            device.skipSeconds(minute < 20 || minute > 25 ? 52 : 60)
        }
        device.runSeconds(12)
        await look("now-hour-de", device)
        device.press("A")
        await look("day-de", device)
    })

    it("goes from view to view by button A, back by C, and by itself after a minute", async () => {
        const device = await bench({ language: "de", settings: { PINNED } })
        device.runSeconds(62)
        for (const view of ["day-empty-de", "connection-de", "device-de", "calibrate-de"]) {
            device.press("A")
            await look(view, device)
        }
        device.press("C")
        const field = () => Buffer.from(device.screen.pixels()).subarray(4 * 320 * 26, 4 * 320 * 160)
        const now = field()
        device.press("A")
        assert.ok(!now.equals(field()))
        device.runSeconds(61)
        assert.ok(now.equals(field()))
    })

    it("shows no estimate while the first CO2 is on its way", async () => {
        const device = await bench({ parts: ["scd4x", "sgp30"], settings: { LOW_POWER: "1", INTERVAL_S: "60" } })
        device.runSeconds(22)
        await look("warming-up-long-en", device)
    })

    it("ends a name that is too long with an ellipsis", async () => {
        const device = await bench({ settings: { PINNED: `${LONGEST},${PINNED}` } })
        device.runSeconds(62)
        device.press("A")
        device.press("A")
        await look("connection-longest-en", device)
        const refused = await bench({
            parts: ["sht3x"],
            link: "certificate refused",
            settings: { PINNED: LONGEST },
        })
        refused.runSeconds(27)
        await look("certificate-refused-longest-en", refused)
    })

    it("shows connection, device and calibration in English", async () => {
        const device = await bench({ link: "server away" })
        device.runSeconds(62)
        for (const view of ["day-empty-en", "connection-away-en", "device-en", "calibrate-en"]) {
            device.press("A")
            await look(view, device)
        }
    })

    it("calibrates after button B was held and pressed, in steady air", async () => {
        const device = await bench({ language: "de", co2Ppm: 500 })
        device.runSeconds(10)
        for (let views = 0; views < 4; views++) device.press("A")
        device.press("B")
        assert.deepEqual(
            device.log.filter(line => line.includes("recalibration")),
            [],
        )
        device.press("B", true)
        await look("calibrate-asked-de", device)
        device.press("B")
        await look("calibrate-waiting-de", device)
        device.runSeconds(200)
        for (let views = 0; views < 4; views++) device.press("A")
        await look("calibrate-done-de", device)
    })

    for (const language of languages)
        it(`shows a test card while C is held (${language})`, async () => {
            const device = await bench({ language })
            device.runSeconds(10)
            device.press("C", true)
            await look(`test-card-${language}`, device)
        })

    it("looks the same on the older glass, which is not inverted, and upside down", async () => {
        for (const [options, settings] of [
            [{ variant: "tn" }, {}],
            [{ turned: 180 }, { SCREEN_ROTATION: "180" }],
        ] as const) {
            const device = await ScreenBench.of(["scd4x"], "m5stack_core", options)
            await device.powerUp({ LANGUAGE: "de", ...settings })
            device.runSeconds(10)
            device.press("A")
            await look("day-one-de", device)
        }
    })

    it("shows the first value within 15 s of power-on, also without Wi-Fi", async () => {
        const device = await bench({ link: "no Wi-Fi", signalDbm: -128 })
        /** in the margin of the large number */
        const field = () => Buffer.from(device.screen.pixels()).readUIntBE(4 * (320 * 30 + 1), 3)
        device.runSeconds(7)
        assert.notEqual(field(), GOOD_FIELD)
        device.runSeconds(8)
        assert.equal(field(), GOOD_FIELD)
    })

    it("is the same on the M5Stack Fire", async () => {
        const device = await ScreenBench.of(["scd4x"], "m5stack_fire")
        await device.powerUp({ LANGUAGE: "de" })
        device.runSeconds(10)
        device.press("A")
        const { width, height } = device.screen
        await assertGolden({ width, height, pixels: device.screen.pixels() }, "m5stack_core/day-one-de")
    })

    it("says that the speaker is muted", async () => {
        const device = await bench({ language: "de", co2Ppm: 2400 })
        device.runSeconds(12)
        device.press("B")
        await look("now-muted-de", device)
    })

    it("is dark in a dark night, and lit by a button for half a minute", async () => {
        const device = await bench({ settings: { NIGHT_FROM_H: "0", NIGHT_TO_H: "23", NIGHT_LIGHT: "0" } })
        device.runSeconds(40)
        const isDark = () => device.screen.pixels().every((value, at) => at % 4 === 3 || value === 0)
        assert.ok(isDark())
        device.press("B")
        assert.ok(!isDark())
        device.runSeconds(30)
        assert.ok(isDark())
    })
})

/** A day of an office: rises in the morning, falls over noon and in the evening. */
function dayPpm(quarter: number): number {
    const hour = quarter / 4
    const people = hour > 8 && hour < 12 ? hour - 8 : hour > 13 && hour < 17.5 ? hour - 12 : 0
    return Math.round(450 + 420 * people + 30 * Math.sin(quarter))
}
