import assert from "node:assert/strict"
import { programOf, settingEntries, settingsOf, wifiEntries } from "../../devs/image/store-entries.ts"

const texts = (entries: Map<string, Buffer>) => [...entries].map(([key, value]) => [key, value.toString()])

describe("the settings in the store", () => {
    it("are JSON text under the keys of the settings service", () => {
        assert.deepEqual(texts(settingEntries({ API_URL: 'a "b"' })), [[":API_URL", '"a \\"b\\""']])
    })

    it("are refused if they would crash the runtime's next read, without naming their value", () => {
        const secret = "s".repeat(240)
        assert.throws(
            () => settingEntries({ API_TOKEN: secret }),
            (error: Error & { code: string }) => error.code === "SETTING_TOO_LONG" && !error.message.includes("sss"),
        )
    })

    it("are refused under a name that the settings library cannot read", () => {
        assert.throws(() => settingEntries({ FOURTEEN_CHARS: "" }), { code: "SETTING_NAME" })
    })

    it("are read back: values without quotes, as a program may write them, as they are, and no deleted ones", () => {
        const stored = {
            ":API_URL": '"https://air.example"',
            ":bootCount": "12",
            ":odd": '"cut',
            ":gone": "",
            wifi_ssid: "home",
            "*prog": "x",
        }
        const entries = new Map(Object.entries(stored).map(([key, text]) => [key, Buffer.from(text)]))
        assert.deepEqual(settingsOf(entries), { API_URL: "https://air.example", bootCount: "12", odd: '"cut' })
    })
})

describe("the Wi-Fi network in the store", () => {
    it("is plain text under the runtime's own keys", () => {
        const expected = [
            ["wifi_ssid", "Büro"],
            ["wifi_psk", "correct horse"],
        ]
        assert.deepEqual(texts(wifiEntries({ ssid: "Büro", passphrase: "correct horse" })), expected)
    })

    it("has no passphrase if it is open", () => {
        assert.deepEqual(texts(wifiEntries({ ssid: "guests" })), [["wifi_ssid", "guests"]])
    })

    it("may have the longest name and passphrase that the runtime does not cut off", () => {
        assert.equal(wifiEntries({ ssid: "s".repeat(31), passphrase: "p".repeat(63) }).size, 2)
        assert.equal(wifiEntries({ ssid: "s", passphrase: "p".repeat(8) }).size, 2)
    })

    const refused: Record<string, [code: string, ssid: string, passphrase: string]> = {
        "without a name": ["WIFI_SSID_EMPTY", "", "correct horse"],
        "with a name that the runtime cuts": ["WIFI_SSID_TOO_LONG", "s".repeat(32), "correct horse"],
        "with a name of 16 characters in 32 bytes": ["WIFI_SSID_TOO_LONG", "ü".repeat(16), "correct horse"],
        "with a passphrase of 7": ["WIFI_PSK_LENGTH", "home", "7secret"],
        "with an empty passphrase": ["WIFI_PSK_LENGTH", "home", ""],
        "with a key of 64 digits, which the runtime cuts": [
            "WIFI_PSK_LENGTH",
            "home",
            "5ec2e7".repeat(11).slice(0, 64),
        ],
        "with a NUL in its passphrase": ["WIFI_NUL", "home", "secret\0secret"],
    }
    for (const [name, [code, ssid, passphrase]] of Object.entries(refused))
        it(`is refused ${name}, without naming the passphrase`, () => {
            assert.throws(
                () => wifiEntries({ ssid, passphrase }),
                (error: Error & { code: string; nextStep?: string }) =>
                    error.code === code &&
                    (passphrase === "" || ![error.message, error.nextStep].some(text => text?.includes(passphrase))),
            )
        })
})

describe("the program in the store", () => {
    /** As `devsmgr.c` writes it: magic, size, magic, hash, 28 words, program. */
    const stored = Buffer.concat([
        Buffer.from("53bd8a8d" + "04000000" + "2b4b7cb2" + "00000000", "hex"),
        Buffer.alloc(112),
        Buffer.from("code"),
    ])

    it("is behind its header", () => {
        assert.equal(programOf(new Map([["*prog", stored]]))?.toString(), "code")
    })

    it("may be missing", () => {
        assert.equal(programOf(new Map()), undefined)
    })

    const damages: Record<string, (bytes: Buffer) => Buffer | number> = {
        "whose second half of the header was not written": bytes => bytes.fill(0xff, 8, 128),
        "with another magic": bytes => bytes.writeUInt32LE(0, 0),
        "of another size": bytes => bytes.writeUInt32LE(5, 4),
    }
    for (const [name, damage] of Object.entries(damages))
        it(`${name} is refused`, () => {
            const bytes = Buffer.from(stored)
            damage(bytes)
            assert.throws(() => programOf(new Map([["*prog", bytes]])), { code: "FLASH_STORE_PROGRAM_BAD" })
        })

    it("shorter than its header is refused", () => {
        assert.throws(() => programOf(new Map([["*prog", stored.subarray(0, 20)]])), {
            code: "FLASH_STORE_PROGRAM_BAD",
        })
    })
})
