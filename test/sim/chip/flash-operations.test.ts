import assert from "node:assert/strict"
import { CHIP_STORE_BYTES, createStore } from "../../../devs/image/fstor.ts"
import { settingEntries } from "../../../devs/image/store-entries.ts"
import { FlashCut, flashOperations } from "../../../devs/sim/chip/flash-operations.ts"

const store = (settings: Record<string, string>) => createStore(CHIP_STORE_BYTES, settingEntries(settings))
const one = store({ A: "1" })
const three = store({ A: "1", B: "22", C: "333" })

describe("the flash operations between two contents of the store", () => {
    it("are a value and an entry for each added setting", () => {
        assert.deepEqual(
            flashOperations(one, three).map(({ name }) => name.split(" ")[0]),
            ["value", "entry", "value", "entry"],
        )
        assert.deepEqual(flashOperations(three, three), [])
    })

    it("turn the first content into the second", () => {
        const flash = Buffer.from(one)
        for (const { start, bytes } of flashOperations(one, three)) flash.set(bytes, start)
        assert.ok(flash.equals(three))
    })
})

describe("a power cut in flash", () => {
    it("keeps the operations before it, and the given bytes of its own", () => {
        const [value, entry, second] = flashOperations(one, three)
        const torn = new FlashCut(3, 2).between(one, three)!
        const expected = Buffer.from(one)
        expected.set(value!.bytes, value!.start)
        expected.set(entry!.bytes, entry!.start)
        expected.set(second!.bytes.subarray(0, 2), second!.start)
        assert.ok(expected.equals(torn))
        assert.ok(!expected.equals(one) && !expected.equals(three))
    })

    it("falls in a later write if an earlier one has too few operations", () => {
        const cut = new FlashCut(5, 0)
        assert.equal(cut.between(one, three), undefined)
        assert.ok(Buffer.from(cut.between(one, three)!).equals(one))
    })
})
