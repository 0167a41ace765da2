import assert from "node:assert/strict"
import { CHIP_STORE_BYTES, createStore, readStore, type StoreEntries } from "../../devs/image/fstor.ts"
import { settingEntries } from "../../devs/image/store-entries.ts"
import { Random } from "../../devs/sim/random.ts"
import { Machine } from "../../devs/vm/machine.ts"
import { writeSetting } from "../../devs/vm/settings-service.ts"
import { FLASH_BYTES, noNetwork, START_MS } from "../support/program.ts"

/** A runtime that has mounted this flash, with its log and the current bytes of its flash. */
async function mount(flash: Buffer) {
    const mounted = { log: [] as string[], flash, machine: undefined as unknown as Machine }
    mounted.machine = await Machine.create({
        deviceId: "0123456789abcdef",
        flash,
        now: () => START_MS,
        network: noNetwork,
        transferI2c: () => ({ status: 1 }),
        onLog: line => mounted.log.push(line.trimEnd()),
        onFlash: bytes => (mounted.flash = Buffer.from(bytes)),
    })
    return mounted
}

/** Header areas of 8 kB on the first, of 16 kB on the second. */
const headers: [sizeBytes: number, hex: string, areaBytes: number][] = [
    [FLASH_BYTES, "46535452" + "0aeaec6b" + "01000000" + "00100000" + "20000200" + "00000000", 0x2000],
    [CHIP_STORE_BYTES, "46535452" + "0aeaec6b" + "01000000" + "00100000" + "40000400" + "00000000", 0x4000],
]

describe("the flash store", () => {
    for (const [sizeBytes, hex, areaBytes] of headers)
        it(`of ${sizeBytes / 1024} kB has header, entries and values where jd_fstor.c writes them`, async () => {
            const store = createStore(sizeBytes, new Map([[":B", Buffer.from('"5"')]]))
            assert.equal(store.length, sizeBytes)
            assert.equal(store.subarray(0, 24).toString("hex"), hex)
            const valueAt = Buffer.alloc(4)
            valueAt.writeUInt32LE(areaBytes - 8)
            assert.equal(
                store.subarray(24, 48).toString("hex"),
                "3a420000000000000000000000000000" + valueAt.toString("hex") + "03000000",
            )
            assert.equal(store.subarray(areaBytes - 8, areaBytes).toString("hex"), "223522ffffffffff")
            assert.ok(store.subarray(48, areaBytes - 8).every(byte => byte === 0xff))
            assert.ok(
                (await mount(store)).log.some(line => line === `fstor: mounted; ${areaBytes - 24 - 24 - 8 - 24} free`),
            )
        })

    it("is still mounted by the runtime when full, and refuses one more entry", async () => {
        // 24 of header; 33 entries of 24 and their values of 216; one more entry: 7,968 + 8 of value = 7,976 of 8,192
        const entries: StoreEntries = new Map(
            Array.from({ length: 33 }, (_, at) => [`:k${at}`, Buffer.alloc(216)] as const),
        )
        const store = createStore(FLASH_BYTES, new Map([...entries, [":last", Buffer.alloc(200)]]))
        assert.equal((await mount(store)).log.filter(line => line === "fstor: mounted; 0 free").length, 1)
        assert.equal(readStore(store).size, 34)
        assert.throws(() => createStore(FLASH_BYTES, new Map([...entries, [":last", Buffer.alloc(201)]])), {
            code: "FLASH_STORE_FULL",
        })
    })

    it("is read as the runtime reads it, from either header area", async () => {
        const wifi: StoreEntries = new Map([["wifi_ssid", Buffer.from("home")]])
        const mounted = await mount(
            createStore(CHIP_STORE_BYTES, new Map([...wifi, ...settingEntries({ BATCH: "5" })])),
        )
        const random = new Random(1)
        const expected: StoreEntries = new Map([...wifi, [":BATCH", Buffer.from('"5"')]])
        const generations = new Set<number>()
        for (let write = 0; write < 200; write++) {
            const name = `k${Math.floor(random.next() * 12)}`
            const value = Buffer.alloc(1 + Math.floor(random.next() * 200), write)
            writeSetting(mounted.machine, name, value)
            expected.set(`:${name}`, value)
            generations.add(mounted.flash.readUInt32LE(0x4008))
            assert.deepEqual(sorted(readStore(mounted.flash)), sorted(expected))
        }
        assert.deepEqual([...generations], [0xffffffff, 2])
    })

    it("is read from the header with the higher generation, and of equal ones from the second", () => {
        const area = (generation: number, value: string) => {
            const bytes = createStore(FLASH_BYTES, new Map([["k", Buffer.from(value)]])).subarray(0, 0x2000)
            bytes.writeUInt32LE(generation, 8)
            return bytes
        }
        const both = (first: number, second: number) => {
            const store = Buffer.alloc(FLASH_BYTES, 0xff)
            store.set(area(first, "first"))
            store.set(area(second, "second"), 0x2000)
            store.writeUInt32LE(0x3ff8, 0x2000 + 24 + 16)
            return readStore(store).get("k")!.toString()
        }
        assert.deepEqual([both(2, 1), both(1, 2), both(3, 3)], ["first", "second", "second"])
    })

    const good = () => createStore(FLASH_BYTES, settingEntries({ API_URL: "https://air.example", BATCH: "5" }))
    /** Entries at 24 and 48, the next at 72; values at 0x1fe8 and 0x1fe0. */
    const damages: Record<string, [code: string, damage: (store: Buffer) => void]> = {
        blank: ["FLASH_STORE_BLANK", store => void store.fill(0xff)],
        "of zeros": ["FLASH_STORE_HEADER_BAD", store => void store.fill(0)],
        "without its header": ["FLASH_STORE_HEADER_BAD", store => void store.fill(0xff, 0, 24)],
        "with another magic": ["FLASH_STORE_HEADER_BAD", store => void store.fill(0, 7, 8)],
        "for another size": ["FLASH_STORE_HEADER_BAD", store => void store.writeUInt16LE(64, 16)],
        "with an entry cut while it was written": ["FLASH_STORE_ENTRY_BAD", store => void store.write(":x\0\0", 72)],
        "with a value and no entry": ["FLASH_STORE_ENTRY_BAD", store => void store.write("cut", 0x1fd8)],
        "with entries into its values": ["FLASH_STORE_ENTRY_BAD", store => void store.writeUInt32LE(64, 48 + 16)],
    }
    for (const [name, [code, damage]] of Object.entries(damages))
        it(`${name} is refused; the runtime would format it`, async () => {
            const store = good()
            damage(store)
            assert.throws(() => readStore(store), { code })
            assert.ok((await mount(store)).log.includes("fstor: formatting now"))
        })

    const worse: Record<string, (store: Buffer) => void> = {
        "whose value lies beyond it": store => store.writeUInt32LE(0x7fffffff, 24 + 20),
        "whose value lies in the other area": store => store.writeUInt32LE(0x2000, 24 + 16),
        "whose key does not end": store => store.fill("k", 24, 40),
        "without a key": store => store.fill(0, 24, 40),
    }
    for (const [name, damage] of Object.entries(worse))
        it(`with an entry ${name} is refused`, () => {
            const store = good()
            damage(store)
            assert.throws(() => readStore(store), { code: "FLASH_STORE_ENTRY_BAD" })
        })

    it("never reads beyond its input", () => {
        const store = good()
        for (const length of [1, 23, 24, 4095, 4096, 0x2000, 0x4000, 0x4001, FLASH_BYTES - 1])
            assert.throws(() => readStore(store.subarray(0, length)), { code: "FLASH_STORE_HEADER_BAD" })
        assert.throws(() => readStore(store.subarray(0, 0)), { code: "FLASH_STORE_BLANK" })
    })
})

const sorted = (entries: StoreEntries) => [...entries].sort(([one], [other]) => (one < other ? -1 : 1))
