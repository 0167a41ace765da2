import assert from "node:assert/strict"
import { createStore, settingEntries } from "../../devs/image/fstor.ts"

describe("the flash store", () => {
    it("has header, entries upwards and values downwards as jd_fstor.c writes them", () => {
        const store = createStore(128 * 1024, new Map([[":B", Buffer.from('"5"')]]))
        assert.equal(store.subarray(0, 24).toString("hex"), "46535452" + "0aeaec6b" + "01000000" + "00100000" + "20000200" + "00000000")
        assert.equal(store.subarray(24, 48).toString("hex"), "3a420000000000000000000000000000" + "f81f0000" + "03000000")
        assert.equal(store.subarray(0x1ff8, 0x2000).toString("hex"), "223522ffffffffff")
        assert.ok(store.subarray(48, 0x1ff8).every(byte => byte === 0xff))
    })

    it("holds settings as JSON under the key of the settings service", () => {
        assert.deepEqual([...settingEntries({ API_URL: 'a "b"' })], [[":API_URL", Buffer.from('"a \\"b\\""')]])
    })

    it("refuses a value that would crash the runtime's next read, without naming it", () => {
        const secret = "s".repeat(240)
        assert.throws(
            () => settingEntries({ API_TOKEN: secret }),
            (error: Error & { code: string }) => error.code === "SETTING_TOO_LONG" && !error.message.includes("sss"),
        )
    })

    it("refuses a name that the settings library cannot read", () => {
        assert.throws(() => settingEntries({ FOURTEEN_CHARS: "" }), { code: "SETTING_NAME" })
    })

    it("says when it is full", () => {
        const entries = new Map(Array.from({ length: 60 }, (_, at) => [`:k${at}`, Buffer.alloc(200)] as const))
        assert.throws(() => createStore(128 * 1024, entries), { code: "STORE_FULL" })
    })
})
