import assert from "node:assert/strict"
import { boot } from "../../../support/program.ts"
import { RegisterBus } from "../../../support/register-bus.ts"

const AXP = 0x34
const EXPANDER = 0x58

/** Runs the program on a board with these chips; "03=4a": a register and its value, in hex; the others are 0. */
async function start(
    chips: [address: number, registers: string][],
    { labels = [], held }: { labels?: string[]; held?: Parameters<RegisterBus["hold"]> } = {},
) {
    const bus = new RegisterBus(chips, labels)
    if (held) bus.hold(...held)
    const { events, log, runFor } = await boot("test/fixtures/programs/power-chip.ts", { peripherals: bus })
    runFor(500)
    const powered = bus.writes.splice(0)
    runFor(2000)
    const lines = log.filter(line => line.includes("panel "))
    return { bus, powered, light: bus.writes, lines, events, powerUp: events.find(({ event }) => event === "powered") }
}

describe("the power chip", () => {
    it("of a Core2 with AXP192 gets screen, reset and the port's 5 V, then the backlight", async () => {
        // As M5Stack's own firmware leaves some outputs: motor (LDO3) on; DCDC1, the chip's supply, on.
        const { powered, light, lines, powerUp, bus } = await start([[AXP, "03=03 12=09 28=0f"]])
        assert.deepEqual(powered, [
            ...["34 30=00", "34 91=f0", "34 90=02", "34 95=84", "34 96=00", "34 28=ff", "34 27=57", "34 12=45"],
            ...["34 96=02", "34 12=47"],
        ])
        assert.deepEqual(light, ["34 12=45"])
        assert.match(lines.join(), /panel power=on$/)
        assert.deepEqual(bus.problems.all, [])
        assert.equal(powerUp?.values.dark, "false")
        assert.ok(Number(powerUp?.values.rounds) >= 4, "other fibers run meanwhile")
    })

    it("of a Core2 with AXP2101 gets the same by its own registers", async () => {
        const { powered, light } = await start([[AXP, "03=4a 90=96 80=01"]])
        assert.deepEqual(powered, [
            ...["34 97=1c", "34 84=6a", "34 96=18", "34 80=05", "34 90=28"],
            ...["34 90=2a", "34 90=3a"],
        ])
        assert.deepEqual(light, ["34 90=2a"])
    })

    it("of a CoreS3 gets them by its port expander too", async () => {
        const chips: Parameters<typeof start>[0] = [
            [AXP, "03=4a 90=b7"],
            [EXPANDER, "10=23"],
        ]
        const { powered, light } = await start(chips, { labels: ["PMU_IO_INT"] })
        assert.deepEqual(powered, [
            ...["58 02=07", "58 03=a0", "58 04=18", "58 05=0c", "58 11=10", "58 12=ff", "58 13=ff"],
            ...["34 95=1c", "34 99=18", "34 90=3f", "58 03=a2", "34 90=bf"],
        ])
        assert.deepEqual(light, ["34 90=3f"])
    })

    it("of a StickC Plus leaves the reset to the chip's own pin", async () => {
        const { powered, light } = await start([[AXP, "03=03 12=01"]], { labels: ["LCD_RST"] })
        assert.deepEqual(powered, ["34 30=80", "34 28=ac", "34 12=49", "34 12=4d"])
        assert.deepEqual(light, ["34 12=49"])
    })

    it("that does not answer leaves the screen dark, after three attempts and without a wait", async () => {
        const { powered, light, lines, powerUp, bus } = await start([])
        assert.deepEqual([...powered, ...light], [])
        assert.match(lines.join(), /panel power=off reason=no-ack$/)
        assert.equal(powerUp?.values.dark, "true")
        assert.ok(Number(powerUp?.values.ms) <= 5)
        assert.ok(bus.changes < 300)
    })

    it("of another kind than the board's gets no write", async () => {
        const cases: [string, string[], string][] = [
            ["03=52", [], "82"],
            // An AXP2101 on the StickC Plus, and a CoreS3 without its expander.
            ["03=4a", ["LCD_RST"], "74"],
            ["03=4a", ["PMU_IO_INT"], "74"],
            ["03=03", ["PMU_IO_INT"], "3"],
        ]
        for (const [registers, labels, id] of cases) {
            const { powered, light, lines } = await start([[AXP, registers]], { labels })
            assert.deepEqual(
                [...powered, ...light].filter(write => write.includes("=")),
                [],
            )
            assert.match(lines.join(), new RegExp(`panel power=off reason=chip-id id=${id}$`))
        }
    })

    it("on wires that are held low stays as it is", async () => {
        for (const line of ["PMU_SDA", "PMU_SCL"] as const) {
            const { powered, light, lines, powerUp, bus } = await start([[AXP, "03=03"]], {
                held: [line, Number.POSITIVE_INFINITY],
            })
            assert.deepEqual([...powered, ...light], [])
            assert.match(lines.join(), /panel power=off reason=line-low$/)
            assert.ok(Number(powerUp?.values.ms) <= 5)
            assert.ok(bus.changes < 100)
        }
    })

    it("that was interrupted within a byte gets clock pulses until it lets go", async () => {
        const { lines } = await start([[AXP, "03=03"]], { held: ["PMU_SDA", 7] })
        assert.match(lines.join(), /panel power=on$/)
    })
})
