import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { readDeviceEnv } from "../../../devs/image/settings/device-env.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { hasCode } from "../../support/error-code.ts"

describe("the settings in .env files", () => {
    /** Reads `local` as .env.local, and `own` as a device's own file. */
    async function read(files: { defaults?: string; local?: string | Buffer; own?: string }) {
        const folder = await temporaryFolder()
        const write = async (name: string, text: string | Buffer | undefined) => {
            if (text !== undefined) await writeFile(path.join(folder, name), text)
        }
        await write(".env.defaults", files.defaults)
        await write(".env.local", files.local)
        await write("own.env", files.own)
        return readDeviceEnv(folder, files.own === undefined ? undefined : path.join(folder, "own.env"))
    }

    it("come from .env.defaults, which .env.local and then a device's own file override", async () => {
        const files = {
            defaults: "# comment\nAPI_URL=\nINTERVAL_S=60\nBATCH=5\n",
            local: 'API_URL="https://air.example"\nBATCH=15\n',
        }
        const settings = { API_URL: "https://air.example", INTERVAL_S: "60", BATCH: "15" }
        assert.deepEqual(await read(files), { settings, warnings: [] })
        assert.deepEqual(await read({ ...files, own: "API_TOKEN=secret\nBATCH=1\n" }), {
            settings: { ...settings, BATCH: "1", API_TOKEN: "secret" },
            warnings: [],
        })
    })

    it("keep the Wi-Fi network, which is the runtime's, apart", async () => {
        const local = "WIFI_SSID=school\nWIFI_PWD='correct horse'\nBATCH=15\n"
        assert.deepEqual(await read({ local }), {
            settings: { BATCH: "15" },
            wifi: { ssid: "school", passphrase: "correct horse" },
            warnings: [],
        })
        assert.deepEqual(await read({ local, own: "WIFI_PWD=\n" }), {
            settings: { BATCH: "15" },
            wifi: { ssid: "school" },
            warnings: [],
        })
    })

    it("are empty if there are no files", async () => {
        assert.deepEqual(await read({}), { settings: {}, warnings: [] })
    })

    const TEXT = "API_URL=https://air.example\nWIFI_SSID=Büro\n"
    const forms: Record<string, string | Buffer> = {
        "a byte order mark": `\ufeff${TEXT}`,
        CRLF: TEXT.replaceAll("\n", "\r\n"),
        "UTF-16 as PowerShell writes it": Buffer.from(`\ufeff${TEXT}`, "utf16le"),
        "UTF-16 with the high byte first": Buffer.from(`\ufeff${TEXT}`, "utf16le").swap16(),
        export: TEXT.replace(/^/gm, "export ").replace(/export $/, ""),
        "blanks around": TEXT.replaceAll("=", " = ").replaceAll("\n", "  \n"),
        "comments behind": TEXT.replaceAll("\n", " # where it stands\n"),
        "double quotes": 'API_URL="https://air.example"\nWIFI_SSID="Büro"\n',
        "single quotes": "API_URL='https://air.example'\nWIFI_SSID='Büro'\n",
        "no newline at the end": TEXT.trimEnd(),
        "colons, as in YAML": TEXT.replaceAll("=", ": "),
    }
    for (const [form, local] of Object.entries(forms))
        it(`are the same with ${form}`, async () => {
            const { warnings, ...values } = await read({ local })
            assert.deepEqual(values, { settings: { API_URL: "https://air.example" }, wifi: { ssid: "Büro" } })
            // Only here is the comment of a Wi-Fi name reported: the name may contain " #".
            assert.equal(warnings.length, form === "comments behind" ? 1 : 0)
        })

    it("in another encoding are refused, because a guess would change a name or a password", async () => {
        await assert.rejects(read({ local: Buffer.from("WIFI_SSID=Büro\n", "latin1") }), hasCode("TEXT_ENCODING"))
    })

    it("refuses a password that # has cut short with the way to keep it whole", async () => {
        await assert.rejects(
            read({ local: "WIFI_SSID=a\nWIFI_PWD=pass#word1" }),
            (error: Error & { nextStep: string }) => {
                assert.match(error.message, /^\.env\.local line 2: WIFI_PWD has 4 bytes.*: it is cut at "#"/)
                assert.equal(error.nextStep, "put the value between two '")
                return hasCode("WIFI_PSK_LENGTH")(error)
            },
        )
    })

    const WARNINGS: Record<string, [text: string, warning: RegExp, values?: Record<string, string>]> = {
        "a value cut at #": ["WIFI_SSID=a\nWIFI_PWD=12345678#9", /^\.env\.local line 2: WIFI_PWD is cut at "#"/],
        "a value cut at # behind a blank": ["WIFI_SSID=Room #3", /^\.env\.local line 1: WIFI_SSID is cut at "#"/],
        "a value that begins with #": ["WIFI_SSID=a\nWIFI_PWD=#23456789", /^\.env\.local line 2: WIFI_PWD is cut/],
        "a token cut at #": ["API_TOKEN=abc#def", /^\.env\.local line 1: API_TOKEN is cut at "#"/],
        "a quote that is not closed": [`WIFI_SSID="guest`, /^\.env\.local line 1: WIFI_SSID keeps its quote/],
        "text behind a quote": [`WIFI_SSID="guest" net`, /^\.env\.local line 1: WIFI_SSID keeps its quote/],
        "the quotes of a word processor": ["WIFI_SSID=“guest”", /^\.env\.local line 1: WIFI_SSID keeps its quote/],
        "a name twice": ["BATCH=5\n\nBATCH=6", /^\.env\.local line 3: BATCH stands in \.env\.local line 1 already/],
        "a misspelt name": ["API_TOKN=x", /^\.env\.local line 1: .* API_TOKN; next: did you mean API_TOKEN\?/],
        "a name in lower case": [
            "interval_s=30",
            /^\.env\.local line 1: .* interval_s; next: did you mean INTERVAL_S\?/,
        ],
        "the name of other software": ["WIFI_PASSWORD=12345678", /WIFI_PASSWORD; next: did you mean WIFI_PWD\?/],
        "an unknown name": ["EDITOR=vi", /^\.env\.local line 1: the firmware reads no setting EDITOR; next: remove/],
        "an unclosed quote before another": [
            `WIFI_SSID="guest\nWIFI_PWD="12345678"`,
            /^\.env\.local line 1: WIFI_SSID keeps its quote/,
        ],
        "a line without =": ["API_TOKEN secret-1", /^\.env\.local line 1 is not NAME=value and is ignored/],
        "a line for PowerShell": [`$env:API_TOKEN="secret-1"`, /^\.env\.local line 1 is not NAME=value and is ignored/],
        "a name with an umlaut": ["NÄME=1", /^\.env\.local line 1 is not NAME=value/],
        "low power at a short interval": [
            "LOW_POWER=1\nINTERVAL_S=30",
            /^\.env\.local line 1: LOW_POWER has no effect/,
        ],
        "levels in the wrong order": ["CO2_FAIR_PPM=2500", /^\.env\.local line 1: CO2_FAIR_PPM is not below/],
        "a password without a network": ["WIFI_PWD=12345678", /^\.env\.local line 1: WIFI_PWD has no effect/],
        "a password that is not ASCII": [
            "WIFI_SSID=a\nWIFI_PWD=paßwörter",
            /^\.env\.local line 2: WIFI_PWD is not ASCII/,
        ],
    }
    for (const [kind, [local, warning]] of Object.entries(WARNINGS))
        it(`are reported by name and line, never with the value: ${kind}`, async () => {
            const { warnings } = await read({ local })
            assert.equal(warnings.length, 1, warnings.join("\n"))
            assert.match(warnings.join(), warning)
            assert.doesNotMatch(warnings.join(), /1234|2345|secret-1|paßw|abc|def/)
        })

    it("do not make the lines of a longer value count as settings", async () => {
        const key = 'KEY="-----BEGIN-----\nMIIB\nBATCH=7\n-----END-----"\nBATCH=6\n'
        const { settings, warnings } = await read({ local: key })
        assert.equal(settings["BATCH"], "6")
        assert.deepEqual(warnings, [".env.local line 1: the firmware reads no setting KEY; next: remove the line"])
    })

    it("say all that is wrong at once", async () => {
        await assert.rejects(
            read({
                defaults: "INTERVAL_S=60\n",
                local: "API_URL=http://air.example/x\n\nINTERVAL_S=60s\nWIFI_SSID=a\nWIFI_PWD=short\n",
            }),
            (error: Error) => {
                assert.deepEqual(error.message.match(/\.env\.local line \d: [A-Z_]+/g), [
                    ".env.local line 1: API_URL",
                    ".env.local line 3: INTERVAL_S",
                    ".env.local line 5: WIFI_PWD",
                ])
                assert.ok(!error.message.includes("short"))
                return hasCode("SETTING_INVALID")(error)
            },
        )
    })
})
