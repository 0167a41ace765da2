import assert from "node:assert/strict"
import { readFlashImage } from "../../devs/image/flash-image.ts"
import { readPartition, writePartition } from "../../devs/image/runtime-partitions.ts"
import { buildApp, buildFirmware, FSTOR_ADDRESS, noise } from "../support/firmware-image.ts"

const small = { dataBytes: 4096, codeBytes: 0, ramBytes: 1024, bundles: [] }
const KB = 1024

describe("the partitions of a runtime", () => {
    it("are written to their addresses in the table; the file grows to the end of the store, with 0xFF in between", () => {
        const before = buildFirmware({ apps: [small] })
        const store = noise(256 * KB, 1)
        const after = writePartition(readFlashImage(before), "fstor", store)
        assert.equal(after.length, FSTOR_ADDRESS + 256 * KB - 0x1000)
        assert.deepEqual(after.subarray(0, before.length), before)
        assert.ok(after.subarray(before.length, FSTOR_ADDRESS - 0x1000).every(byte => byte === 0xff))
        assert.deepEqual(after.subarray(FSTOR_ADDRESS - 0x1000), store)
        assert.deepEqual(readPartition(readFlashImage(after), "fstor"), store)
    })

    it("are written without shortening a longer file", () => {
        const before = buildFirmware({ apps: [small], startAt: 0, fstor: noise(256 * KB, 1) })
        const after = writePartition(readFlashImage(before), "dcfg", Buffer.alloc(0x2000, 1))
        assert.deepEqual(Buffer.from(after).fill(0xff, 0x9000, 0xb000), before)
    })

    it("are 0xFF if the file ends before them", () => {
        const file = buildFirmware({ apps: [small], fstor: noise(4096, 1) })
        const store = readPartition(readFlashImage(file), "fstor")
        assert.equal(store.length, 256 * KB)
        assert.deepEqual(store.subarray(0, 4096), noise(4096, 1))
        assert.ok(store.subarray(4096).every(byte => byte === 0xff))
    })

    it("refuse contents of another size", () => {
        const image = readFlashImage(buildFirmware({ apps: [small] }))
        assert.throws(() => writePartition(image, "fstor", Buffer.alloc(128 * KB)), {
            code: "PARTITION_SIZE_WRONG",
            message: /262144.*131072/,
        })
    })

    it("are missing in an application alone", () => {
        const app = readFlashImage(buildApp(small))
        for (const name of ["dcfg", "fstor"] as const)
            assert.throws(() => readPartition(app, name), { code: "PARTITION_MISSING" })
    })
})
