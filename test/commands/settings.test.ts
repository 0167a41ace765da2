import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { airpin, temporaryFolder } from "../support/airpin.ts"

const SECRET = "hush-0123456789"

describe("a settings file that the device would not use as it stands", () => {
    let folder: string
    before(async () => {
        folder = await temporaryFolder()
    })

    const commands: Record<string, string[]> = {
        "airpin image": ["image", "--board", "m5stack_core"],
        "airpin sim": ["sim", "--for", "1", "--speed", "max"],
    }
    const refused: Record<string, [text: string, code: string, message: RegExp]> = {
        "an address with a path": [
            "API_URL=https://air.example/api/v1",
            "SETTING_INVALID",
            /device\.env line 2: API_URL is "https:\/\/air\.example\/…"/,
        ],
        "an address without TLS": [
            "API_URL=http://air.example",
            "SETTING_INVALID",
            /device\.env line 2: API_URL is "http:\/\/air\.example"/,
        ],
        "a number with a unit": ["INTERVAL_S=60s", "SETTING_INVALID", /device\.env line 2: INTERVAL_S is "60s"/],
        "a word for a number": ["ASC=off", "SETTING_INVALID", /device\.env line 2: ASC is "off"/],
        "a short password": [
            "WIFI_SSID=school\nWIFI_PWD=hush",
            "WIFI_PSK_LENGTH",
            /device\.env line 3: WIFI_PWD has 4 bytes, not 8 to 63/,
        ],
        "a token with a blank": [
            `API_TOKEN='${SECRET} ${SECRET}'`,
            "SETTING_INVALID",
            /device\.env line 2: API_TOKEN contains a blank/,
        ],
    }
    for (const [name, args] of Object.entries(commands))
        for (const [kind, [text, code, message]] of Object.entries(refused))
            it(`is refused by ${name}: ${kind}`, async () => {
                const file = path.join(folder, "device.env")
                await writeFile(file, `# this device\n${text}\n`)
                const outcome = await airpin(["--json", ...args, "--env", file])
                const { error } = JSON.parse(outcome.stdout)
                assert.deepEqual([outcome.code, error?.code], [1, code])
                assert.match(error.message, message)
                assert.ok(!(outcome.stdout + outcome.stderr).includes("hush"))
            })

    it("is reported by airpin sim by name and line: an unknown name, a value cut at #", async () => {
        const file = path.join(folder, "device.env")
        await writeFile(file, `\ufeffexport API_TOKN=${SECRET}\r\nWIFI_SSID=a\r\nWIFI_PWD=${SECRET}#4\r\n`)
        const { code, stderr } = await airpin(["sim", "--for", "900", "--speed", "max", "--env", file])
        assert.equal(code, 0, stderr)
        assert.match(stderr, /^warning +device\.env line 1: .* API_TOKN; next: did you mean API_TOKEN\?$/m)
        assert.match(stderr, /^warning +device\.env line 3: WIFI_PWD is cut at "#"/m)
        assert.ok(!stderr.includes("hush"))
    }).timeout(60_000)

    const options: Record<string, [args: string[], message: RegExp]> = {
        "an address with a path": [
            ["--api", "https://air.example/api"],
            /^--api: API_URL is "https:\/\/air\.example\/…"/,
        ],
        "an address without a scheme": [["--api", "air.example"], /^--api: API_URL is "air\.example"/],
        "a token with a blank": [["--api", "https://air.example"], /^--token: API_TOKEN contains a blank/],
    }
    for (const [kind, [args, message]] of Object.entries(options))
        it(`is not accepted as an option of airpin sim: ${kind}`, async () => {
            const token = path.join(folder, "token")
            await writeFile(
                token,
                `\ufeff${SECRET}${args.length > 0 && message.source.includes("token") ? " x" : ""}\r\n`,
                "utf16le",
            )
            const { code, stdout } = await airpin(["--json", "sim", ...args, "--token", token])
            const { error } = JSON.parse(stdout)
            const isAddress = message.source.startsWith("^--api")
            assert.deepEqual([code, error?.code], isAddress ? [2, "API_ADDRESS_INVALID"] : [1, "SETTING_INVALID"])
            assert.match(error.message, message)
            assert.ok(!stdout.includes("hush"))
        })
})
