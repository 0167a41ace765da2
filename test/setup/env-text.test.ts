import assert from "node:assert/strict"
import { readEnvFile } from "../../devs/image/settings/env-file.ts"
import { changedNames, withSettings } from "../../devs/setup/env-text.ts"
import { hasCode } from "../support/error-code.ts"

const BEFORE = `# my room
API_URL=https://old.example.org  # the old server
LANGUAGE=de

  BATCH = 10
`

describe("the settings file of airpin setup", () => {
    it("keeps other lines and comments, changes the line that counts, and adds the rest", () => {
        assert.equal(
            withSettings(BEFORE, { API_URL: "https://air.example.org", WIFI_SSID: "School Wi-Fi" }),
            `# my room
API_URL=https://air.example.org
LANGUAGE=de

  BATCH = 10
WIFI_SSID='School Wi-Fi'
`,
        )
        assert.equal(withSettings(BEFORE, { LANGUAGE: "de", BATCH: "10" }), BEFORE, "nothing changed")
        assert.equal(withSettings("A=1\r\nAPI_URL=x\r\n", { API_URL: "y" }), "A=1\r\nAPI_URL=y\r\n")
        assert.deepEqual(changedNames(BEFORE, { API_URL: "x", BATCH: "10", WIFI_SSID: "x" }), ["API_URL"])
    })

    it("writes each value so that it is read back, or refuses it", () => {
        for (const value of ["a#b", " blank ", 'say "it"', "it's", "`", "\\n", "ä ö", "$HOME", "x=y", "#", `'"`]) {
            const text = withSettings(BEFORE, { WIFI_PWD: value })
            assert.equal(readEnvFile(text, "").lines.get("WIFI_PWD")?.value, value, text)
        }
        assert.throws(() => withSettings("", { WIFI_PWD: `'"\`` }), hasCode("SETTING_INVALID"))
    })

    it("leaves a value over several rows, and lets a line at the end count", () => {
        const text = withSettings('WIFI_PWD="one\ntwo"\nBATCH=5\n', { WIFI_PWD: "12345678" })
        assert.equal(readEnvFile(text, "").lines.get("WIFI_PWD")?.value, "12345678")
        assert.equal(readEnvFile(text, "").lines.get("BATCH")?.value, "5")
    })
})
