import assert from "node:assert/strict"
import type { Peripherals, SpiConfig } from "../../devs/vm/peripherals.ts"
import { boot } from "../support/program.ts"

/** What `test/fixtures/programs/pins-and-spi.ts` does, in order. */
class Recorder implements Peripherals {
    readonly calls: string[] = []
    readonly transfers: Buffer[] = []
    config: SpiConfig | undefined

    gpioOf(label: string) {
        return label === "LCD_CS" ? 14 : undefined
    }
    setPin(label: string, mode: number) {
        this.calls.push(`${label}=${mode.toString(16)}`)
    }
    readPin() {
        return 1 as const
    }
    configureSpi(config: SpiConfig) {
        this.config = config
    }
    transferSpi(bytes: Uint8Array) {
        this.calls.push(`${bytes.length} bytes`)
        this.transfers.push(Buffer.from(bytes))
    }
}

describe("the pins and the SPI bus of a virtual chip", () => {
    it("take what the firmware drives and sends, and images in the transfers of the chip's C code", async () => {
        const peripherals = new Recorder()
        const { events, runFor } = await boot("test/fixtures/programs/pins-and-spi.ts", { peripherals })
        runFor(2000)
        assert.deepEqual(events[0]?.values, { cs: "14", absent: "1", level: "1" })
        assert.equal(events[1]?.event, "done")
        assert.deepEqual(peripherals.config, {
            misoGpio: undefined,
            mosiGpio: 23,
            sckGpio: 18,
            mode: 0,
            hz: 40_000_000,
        })
        // 8 rows of 64 pixels are 1,024 bytes.
        assert.deepEqual(peripherals.calls, [
            "LCD_CS=22",
            "2 bytes",
            "1024 bytes",
            "1024 bytes",
            "1024 bytes",
            "LCD_CS=12",
        ])
        assert.equal(peripherals.transfers[0]?.toString("hex"), "2a00")
        const pixels = Buffer.concat(peripherals.transfers.slice(1))
        for (let y = 0; y < 24; y++)
            for (let x = 0; x < 64; x++) {
                const inside = x >= 10 && x < 30 && y >= 3 && y < 10
                // RGB565 of f80000 and 08fc18
                assert.equal(pixels.readUInt16BE(2 * (y * 64 + x)), inside ? 0x0fe3 : 0xf800, `${x},${y}`)
            }
    })

    it("are absent on a board without them", async () => {
        const { log, runFor } = await boot("test/fixtures/programs/pins-and-spi.ts")
        runFor(2000)
        assert.ok(
            log.some(line => line.includes("gpio")),
            log.join("\n"),
        )
    })
})
