import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readStore } from "../../devs/image/fstor.ts"
import { programOf, settingsOf } from "../../devs/image/store-entries.ts"
import { buildStore, type StoreContents, verifyStore } from "../../devs/image/store-image.ts"
import { buildFirmware } from "../../devs/vm/firmware.ts"
import { FLASH_BYTES } from "../support/program.ts"

describe("a store for a device", () => {
    const TOKEN = "tok_0123456789abcdef"
    let contents: StoreContents
    let store: Buffer
    before(async () => {
        const { bytecode } = await buildFirmware()
        const settings = { API_URL: "https://air.example", API_TOKEN: TOKEN, BATCH: "5", LONGEST: "x".repeat(222) }
        contents = { bytecode, settings, wifi: { ssid: "home", passphrase: "correct horse" } }
        store = await buildStore(contents)
    })

    it("is as large as the partition, and the same for the same contents", async () => {
        assert.equal(store.length, 256 * 1024)
        assert.deepEqual(await buildStore(contents), store)
    })

    it("holds program, settings and network", () => {
        const entries = readStore(store)
        assert.deepEqual(
            [...entries.keys()],
            [":API_URL", ":API_TOKEN", ":BATCH", ":LONGEST", "wifi_ssid", "wifi_psk", "*prog"],
        )
        assert.deepEqual(settingsOf(entries), contents.settings)
        assert.equal(entries.get("wifi_psk")?.toString(), "correct horse")
        assert.deepEqual(programOf(entries), Buffer.from(contents.bytecode))
    })

    it("passes the check of a runtime that boots from it", async () => {
        await verifyStore(store, contents)
    })

    it("may have no Wi-Fi network", async () => {
        const { wifi: _, ...offline } = contents
        const without = await buildStore(offline)
        await verifyStore(without, offline)
        await assert.rejects(verifyStore(without, contents), {
            code: "FLASH_STORE_UNPROVEN",
            message: /entry wifi_ssid is lost, entry wifi_psk is lost$/,
        })
    })

    const unproven: Record<string, [missing: RegExp, damage: (bytes: Buffer) => unknown]> = {
        "a store without a header": [/: it does not mount$/, bytes => bytes.fill(0, 0, 4)],
        "a store with an interrupted write": [/: it does not mount$/, bytes => bytes.write("cut", 24 * 8)],
        "a program with one bit changed": [
            /: the program does not start(, the (runtime|program) stops .*)?$/,
            bytes => bytes.writeUInt8(bytes[0x8000 + 9000]! ^ 1, 0x8000 + 9000),
        ],
        "a program with an incomplete header": [
            /: the program does not start$/,
            bytes => bytes.fill(0xff, 0x8008, 0x800c),
        ],
        "another token": [
            /: setting API_TOKEN cannot be read, entry :API_TOKEN is lost$/,
            bytes => bytes.write("T", bytes.indexOf("tok_")),
        ],
        "another network": [/: entry wifi_ssid is lost$/, bytes => bytes.write("H", bytes.indexOf("home"))],
        "an entry under another key": [
            /: entry wifi_psk is lost$/,
            bytes => bytes.write("W", bytes.indexOf("wifi_psk")),
        ],
    }
    for (const [name, [missing, damage]] of Object.entries(unproven))
        it(`fails the check as ${name}, without naming a secret`, async () => {
            const bytes = Buffer.from(store)
            damage(bytes)
            await assert.rejects(verifyStore(bytes, contents), (error: Error & { code: string }) => {
                assert.equal(error.code, "FLASH_STORE_UNPROVEN")
                assert.match(error.message, missing)
                return ![TOKEN, "correct horse"].some(secret => error.message.includes(secret))
            })
        })

    it("fails the check if its program crashes at once", async () => {
        const { bytecode } = await buildFirmware("test/fixtures/programs/crash.ts")
        const crashing = { ...contents, bytecode }
        await assert.rejects(async () => verifyStore(await buildStore(crashing), crashing), {
            code: "FLASH_STORE_UNPROVEN",
            message: /: the program stops with panic 60005$/,
        })
    })

    it("fails the check if its program reboots the chip at once", async () => {
        const { bytecode } = await buildFirmware("test/fixtures/programs/reboot.ts")
        const rebooting = { ...contents, bytecode }
        await assert.rejects(async () => verifyStore(await buildStore(rebooting), rebooting), {
            code: "FLASH_STORE_UNPROVEN",
            message: /the runtime stops \(.+\)$/,
        })
    })

    it("can have the size of the simulator's flash", async () => {
        const smaller = { ...contents, sizeBytes: FLASH_BYTES }
        const small = await buildStore(smaller)
        assert.equal(small.length, 128 * 1024)
        await verifyStore(small, smaller)
    })

    it("never uses the last page of the store, whose last byte the runtime does not return", async () => {
        // 55 of the 56 pages behind the two areas of 4, less the header
        const largest = Buffer.alloc(55 * 4096 - 128)
        Buffer.from(contents.bytecode).copy(largest)
        const full = await buildStore({ ...contents, bytecode: largest })
        assert.equal(sha256(programOf(readStore(full))!), sha256(largest))
        assert.ok(full.subarray(63 * 4096).every(byte => byte === 0xff))
        for (const tooLarge of [largest.length + 32, 300 * 1024])
            await assert.rejects(
                buildStore({
                    ...contents,
                    bytecode: Buffer.concat([largest, Buffer.alloc(tooLarge - largest.length)]),
                }),
                {
                    code: "PROGRAM_REFUSED",
                },
            )
    })
})

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex")
