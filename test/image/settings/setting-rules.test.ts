import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import path from "node:path"
import fc from "fast-check"
import { refusalOf, settingNames, wifiNames } from "../../../devs/image/settings/setting-rules.ts"
import { settingEntries } from "../../../devs/image/store-entries.ts"
import { projectDirectory } from "../../../devs/vm/build-cache.ts"
import { boot, flashWith } from "../../support/program.ts"

const program = () => settingNames().filter(name => !wifiNames.some(wifi => wifi === name))

describe("the rules for settings", () => {
    it("know every name that the firmware reads, and no other", () => {
        const source = ["src/config.ts", "src/panel/panel-settings.ts"]
            .map(file => readFileSync(path.join(projectDirectory, file), "utf8"))
            .join("\n")
        const read = [...source.matchAll(/"([A-Z][A-Z0-9]*_[A-Z0-9_]+|ASC|BATCH|LIGHT|TONE|LANGUAGE)"/g)].map(
            ([, name]) => name,
        )
        const keys = ["TEMP_OFFSET_C"]
        assert.deepEqual([...new Set(read)].filter(name => !keys.includes(name!)).sort(), program().sort())
    })

    const refused: Record<string, [name: string, value: string, message: RegExp, next: RegExp]> = {
        "a path": [
            "API_URL",
            "https://air.example/api",
            /API_URL is "https:\/\/air\.example\/…"/,
            /=https:\/\/air\.example$/,
        ],
        "no TLS": ["API_URL", "http://air.example", /API_URL is "http:\/\/air\.example"/, /=https:\/\/air\.example$/],
        "no scheme": [
            "API_URL",
            "air.example:8443",
            /API_URL is "air\.example:8443":/,
            /=https:\/\/air\.example:8443$/,
        ],
        "an umlaut": ["API_URL", "https://bücher.example", /API_URL/, /=https:\/\/xn--bcher-kva\.example$/],
        capitals: ["API_URL", "HTTPS://air.example", /API_URL/, /=https:\/\/air\.example$/],
        "a key in the query": [
            "API_URL",
            "https://air.example?key=hush",
            /"https:\/\/air\.example\/…"/,
            /air\.example$/,
        ],
        "a password": ["API_URL", "https://me:hush@air.example", /^API_URL: the device/, /HOST/],
        "a token with dots and slashes": ["API_URL", "hushJ.0123/4", /^API_URL: the device/, /HOST/],
        "a token in its place": ["API_URL", "hush0123456789", /^API_URL: the device/, /HOST/],
        IPv6: ["API_URL", "https://[2001:db8::1]", /API_URL/, /no IPv6/],
        "a unit": ["INTERVAL_S", "60s", /INTERVAL_S is "60s": .* 5 to 3600, and would use 60/, /INTERVAL_S=60$/],
        "a word": ["ASC", "off", /ASC is "off"/, /ASC=1 or ASC=0/],
        "a fraction": ["ALTITUDE_M", "112.5", /ALTITUDE_M is "112\.5"/, /the number alone/],
        "a range with a default outside": ["PRESSURE_HPA", "90", /700 to 1200, or 0, and would use 0/, /=700$/],
        "a number of another country": ["CO2_POOR_PPM", "2.000", /CO2_POOR_PPM is "2\.000"/, /number alone/],
        "three decimals": ["TEMPERATURE_OFFSET_C", "2.125", /TEMPERATURE_OFFSET_C is "2\.125": .* 0 to 20/, /=2\.5$/],
        "a decimal comma": ["TEMPERATURE_OFFSET_C", "2,5", /TEMPERATURE_OFFSET_C is "2,5"/, /=2\.5$/],
        "below zero": ["TEMPERATURE_OFFSET_C", "-1", /TEMPERATURE_OFFSET_C is "-1"/, /number alone/],
        "too warm": ["TEMPERATURE_OFFSET_C", "20.01", /TEMPERATURE_OFFSET_C is "20\.01"/, /number alone/],
        "a token as a number": ["BATCH", "hush0123456789", /BATCH has 14 characters/, /BATCH=5/],
        Bearer: ["API_TOKEN", "Bearer hush", /API_TOKEN begins with "Bearer"/, /leave "Bearer" out/],
        "a blank": ["API_TOKEN", "hush hush", /API_TOKEN contains a blank/, /copy/],
        "a token that is not ASCII": ["API_TOKEN", "hüsh", /API_TOKEN has a character that is not ASCII/, /copy/],
        "a line break": ["WIFI_PWD", "hush\nhush", /WIFI_PWD contains a line break/, /close its quote/],
        "a short password": ["WIFI_PWD", "hush", /WIFI_PWD has 4 bytes, not 8 to 63/, /check/],
        "a key of 64 digits": ["WIFI_PWD", "0123456789abcdef".repeat(4), /WIFI_PWD has 64 bytes/, /passphrase/],
        "a long network": ["WIFI_SSID", "ü".repeat(16), /WIFI_SSID has 32 bytes/, /shorter/],
        "a command from the server": ["RECALIBRATE_PPM", "420", /RECALIBRATE_PPM/, /shorter/],
        "a long name": ["MY_LONG_SETTING", "1", /MY_LONG_SETTING/, /shorter/],
    }
    for (const [kind, [name, value, message, next]] of Object.entries(refused))
        it(`refuse with a next step, and show no secret: ${kind}`, () => {
            const refusal = refusalOf(name, value)
            assert.ok(refusal)
            assert.match(refusal.message, message)
            assert.match(refusal.nextStep, next)
            assert.doesNotMatch(refusal.message + refusal.nextStep, /hush|hüsh|0123/)
        })

    it("allow what Wi-Fi allows", () => {
        for (const [name, value] of [
            ["WIFI_SSID", "ü".repeat(15)],
            ["WIFI_PWD", "8 chars!"],
            ["WIFI_PWD", "p".repeat(63)],
        ] as const)
            assert.equal(refusalOf(name, value), undefined)
    })

    describe("are the firmware's", () => {
        /** Not parsed when they are read. */
        const free = ["LANGUAGE", "TIME_ZONE"]
        const checked = () => program().filter(name => !free.includes(name))

        /** The settings that a device with this store logs as invalid: the firmware itself, in the VM. */
        async function refusedByDevice(settings: Record<string, string>): Promise<string[]> {
            const device = await boot("src/main-light.ts", { flash: flashWith(settings) })
            device.runFor(5000)
            assert.ok(
                device.log.some(line => line.includes("boot ")),
                device.log.join("\n"),
            )
            return device.log.flatMap(line => /setting name=(\w+) problem=invalid/.exec(line)?.slice(1) ?? []).sort()
        }

        /** The same question to the rules; values that no store can hold are left out. */
        async function compare(settings: Record<string, string>): Promise<void> {
            const own = Object.entries(settings).filter(([name, value]) => isStorable(name, value))
            const refusedHere = own.filter(([name, value]) => refusalOf(name, value)).map(([name]) => name)
            assert.deepEqual(
                refusedHere.sort(),
                await refusedByDevice(Object.fromEntries(own)),
                JSON.stringify(Object.fromEntries(own)),
            )
        }

        function isStorable(name: string, value: string): boolean {
            try {
                settingEntries({ [name]: value })
                return value !== ""
            } catch {
                return false
            }
        }

        const texts = {
            API_URL: [
                "https://air.example",
                "https://air.example/",
                " https://air.example:8443/ ",
                "https://Air-1.example:1",
                "https://air.example:65535",
                "https://air.example:65536",
                "https://air.example:0",
                "https://air.example:",
                "https://air.example:08443",
                "https://air.example:+1",
                "https://air.example//",
                "https://air.example/api",
                "https://air.example?x",
                "https://air.example#x",
                "https://me@air.example",
                "https://",
                "https:///",
                "https://.",
                "https://-",
                "HTTPS://air.example",
                "http://air.example",
                "air.example",
                "https://[::1]",
                "https://192.0.2.1",
                "https://bücher.example",
                "https://\u212Aelvin.example",
                "https://air\u00a0.example",
                "\u00a0https://air.example",
                "https://air.example\u2003",
                "\ufeffhttps://air.example",
                "https://a_b.example",
                '"https://air.example"',
                "https://air.example\tx",
                `https://${"h".repeat(212)}`,
                `https://${"h".repeat(213)}`,
            ],
            API_TOKEN: [
                "token",
                " token ",
                "to ken",
                "tokén",
                "token\u00a0",
                "token\u2028",
                "'token'",
                "to\tken",
                "token\u007f",
                "007",
                "~".repeat(219),
                "~".repeat(220),
                " ",
            ],
            number: [
                "60",
                "5",
                "4",
                "0",
                "1",
                " 60 ",
                "60s",
                "off",
                "on",
                "true",
                "-1",
                "+60",
                "6e1",
                "60.0",
                "2.5",
                "2.125",
                "20.00",
                "20.01",
                ".5",
                "5.",
                "1.2.3",
                "0x20",
                "060",
                "1,000",
                "1 000",
                "1000",
                "0000000000000060",
                "000000000000060",
                "60\u00a0",
                "\u206060",
                "٦٠",
                "120",
                "400",
                "480",
                "481",
                "700",
                "1200",
                "1201",
                "3000",
                "3600",
                "3601",
                "5000",
                "5001",
                '"60"',
                "60\n",
                " ",
            ],
        }

        it("for every form of a value that people write", async () => {
            const numbers = checked().filter(name => name !== "API_URL" && name !== "API_TOKEN")
            for (let at = 0; at < texts.number.length; at++)
                await compare({
                    API_URL: texts.API_URL[at] ?? "https://air.example",
                    API_TOKEN: texts.API_TOKEN[at] ?? "token",
                    ...Object.fromEntries(numbers.map(name => [name, texts.number[at] ?? "60"])),
                })
        }).timeout(120_000)

        it("for values made up at random", async () => {
            const piece = fc.constantFrom(
                "https://",
                "http:",
                "a",
                "-",
                ".",
                ":",
                "/",
                "8443",
                "0",
                " ",
                "ü",
                "K",
                "\t",
                "#",
                "@",
                "60",
            )
            const text = fc.oneof(
                fc.array(piece, { minLength: 1, maxLength: 6 }).map(parts => parts.join("")),
                fc.integer({ min: -5, max: 6000 }).map(String),
            )
            const settings = fc.record(Object.fromEntries(checked().map(name => [name, text])))
            await fc.assert(fc.asyncProperty(settings, compare), { numRuns: 40, seed: 14 })
        }).timeout(120_000)
    })
})
