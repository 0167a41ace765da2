import assert from "node:assert/strict"
import type { MachineOptions } from "../../devs/vm/machine.ts"
import { boot as bootProgram, FLASH_BYTES, flashWith, START_MS } from "../support/program.ts"

const settings = { API_URL: "https://air.example", BATCH: "5" }

/** Boots a program of the fixtures on a chip with some settings. */
const boot = (program: string, options: Partial<MachineOptions> = {}) =>
    bootProgram(`test/fixtures/programs/${program}.ts`, { flash: flashWith(settings), ...options })

const events = (log: string[], name: string) =>
    log.filter(line => line.startsWith(`> ${name} `)).map(line => line.slice(2))

describe("a virtual chip", () => {
    it("reads the settings that its flash was made with", async () => {
        const { log, runFor } = await boot("settings")
        runFor(2000)
        assert.deepEqual(events(log, "settings"), ["settings url=https://air.example batch=5 missing=default"])
    })

    it("keeps the intervals of its program to the millisecond while time jumps", async () => {
        const { log, runFor } = await boot("clock")
        runFor(60_000)
        const at = events(log, "tick").map(line => Number(line.split("=")[1]))
        assert.equal(at.length, 59)
        assert.deepEqual(new Set(at.slice(1).map((ms, index) => ms - at[index]!)), new Set([1000]))
    })

    it("passes an I2C transfer to the host and reads back what the host filled in", async () => {
        const transfers: unknown[] = []
        const { log, runFor } = await boot("i2c", {
            transferI2c: (address, write, readLength, atMs) => {
                transfers.push([address, Buffer.from(write).toString("hex"), readLength, atMs >= START_MS])
                return { status: 0, read: Buffer.from("f89631", "hex") }
            },
        })
        runFor(1000)
        assert.deepEqual(transfers, [[0x62, "3682", 3, true]])
        assert.deepEqual(events(log, "i2c"), ["i2c frame=ff49006202033682f89631"])
    })

    it("reports to the program that a part did not acknowledge", async () => {
        const { log, runFor } = await boot("i2c")
        runFor(1000)
        assert.deepEqual(events(log, "i2c"), ["i2c frame=ff49016202033682000000"])
    })

    it("reports a program's crash as a panic and restarts it", async () => {
        const panics: number[] = []
        const { log, runFor } = await boot("crash", { onPanic: code => panics.push(code) })
        runFor(12_000)
        assert.deepEqual(panics.slice(0, 2), [60005, 60005])
        assert.ok(log.some(line => line.includes("on purpose")))
    })

    it("measures the peak heap of a program", async () => {
        const { machine, runFor } = await boot("clock")
        machine.watchHeap(true)
        runFor(5000)
        assert.ok(machine.heapPeakBytes > 500 && machine.heapPeakBytes < 8000, `${machine.heapPeakBytes} bytes`)
    })

    it("passes its flash on, from which another machine boots the same program and settings", async () => {
        let flash: Uint8Array = new Uint8Array()
        const { runFor } = await boot("settings", { onFlash: bytes => (flash = bytes) })
        runFor(2000)
        assert.equal(flash.length, FLASH_BYTES)
        const { log, runFor: runAgain } = await boot("settings", { flash })
        runAgain(2000)
        assert.ok(!log.some(line => line.includes("formatting")))
        assert.deepEqual(events(log, "settings"), ["settings url=https://air.example batch=5 missing=default"])
    })

    it("refuses bytes that are not a program", async () => {
        const { machine } = await boot("clock")
        assert.throws(() => machine.deploy(Buffer.from("no program at all, but long enough")), {
            code: "PROGRAM_REFUSED",
        })
    })
})
