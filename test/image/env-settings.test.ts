import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { readDeviceEnv } from "../../devs/image/env-settings.ts"
import { temporaryFolder } from "../support/airpin.ts"

describe("the settings in .env files", () => {
    it("come from .env.defaults, which .env.local overrides", async () => {
        const folder = await temporaryFolder()
        await writeFile(path.join(folder, ".env.defaults"), "# comment\nAPI_URL=\nINTERVAL_S=60\nBATCH=5\n")
        await writeFile(path.join(folder, ".env.local"), 'API_URL="https://air.example"\nBATCH=15\n')
        assert.deepEqual(await readDeviceEnv(folder), {
            settings: { API_URL: "https://air.example", INTERVAL_S: "60", BATCH: "15" },
        })
        const own = await readDeviceEnv(folder, "API_TOKEN=secret\nBATCH=1\n")
        assert.deepEqual(own.settings, {
            API_URL: "https://air.example",
            INTERVAL_S: "60",
            BATCH: "1",
            API_TOKEN: "secret",
        })
    })

    it("keep the Wi-Fi network, which is the runtime's, apart", async () => {
        const folder = await temporaryFolder()
        await writeFile(path.join(folder, ".env.local"), "WIFI_SSID=school\nWIFI_PWD='correct horse'\nBATCH=15\n")
        assert.deepEqual(await readDeviceEnv(folder), {
            settings: { BATCH: "15" },
            wifi: { ssid: "school", passphrase: "correct horse" },
        })
        assert.deepEqual(await readDeviceEnv(folder, "WIFI_PWD=\n"), {
            settings: { BATCH: "15" },
            wifi: { ssid: "school" },
        })
    })

    it("are empty if there are no files", async () => {
        assert.deepEqual(await readDeviceEnv(await temporaryFolder()), { settings: {} })
    })
})
