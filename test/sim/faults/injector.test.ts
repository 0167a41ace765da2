import assert from "node:assert/strict"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { VirtualClock, Wakeup } from "../../../devs/sim/clock.ts"
import { parseFault } from "../../../devs/sim/faults/fault.ts"
import { FaultInjector, type FaultInjectorOptions, type FaultNote } from "../../../devs/sim/faults/injector.ts"
import { runActors } from "../../../devs/sim/run.ts"
import { I2cBus } from "../../../devs/sim/sensors/i2c.ts"
import { Scd4x } from "../../../devs/sim/sensors/scd4x.ts"
import { Sgp30 } from "../../../devs/sim/sensors/sgp30.ts"
import { Office, START_MS } from "../../support/office.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

const air = { airAt: () => ({ co2Ppm: 700, temperatureC: 22, humidityRh: 40, tvocPpb: 100 }) }

/** The faults of a device without the device, on a clock that can be advanced. */
function surroundings(...words: string[]) {
    return injected({ faults: words.map(parseFault) })
}

function injected(options: Pick<FaultInjectorOptions, "faults" | "live">) {
    const clock = new VirtualClock(START_MS)
    const notes: string[] = []
    const second = () => (clock.now() - START_MS) / 1000
    const onFault = ({ fault, state }: FaultNote) => void notes.push(`${second()} ${fault.kind} ${state}`)
    const injector = new FaultInjector({ ...options, clock, seed: 3, onFault })
    injector.start()
    const [scd4x, sgp30] = [new Scd4x({ air }), new Sgp30({ air })]
    const bus = new I2cBus()
    bus.attach(scd4x)
    bus.attach(sgp30)
    const faults = injector.addDevice("m5", [scd4x, sgp30])
    const faulty = faults.faultyBus(bus)
    const runTo = (atS: number) => runActors([injector.events], clock, new Wakeup(), () => second() >= atS)
    /** how many of a hundred probes of each part are acknowledged */
    const acknowledged = () =>
        [scd4x, sgp30].map(
            ({ address }) =>
                Array.from({ length: 100 }, () => faulty.transfer(address, new Uint8Array(), 0, clock.now())).filter(
                    ({ status }) => status === 0,
                ).length,
        )
    return { clock, notes, injector, faults, scd4x, sgp30, runTo, acknowledged }
}

describe("the fault injector", () => {
    it("starts a fault now, and ends it when asked or after its time", async () => {
        const { injector, notes, runTo, acknowledged } = injected({ faults: [], live: true })
        await runTo(5)
        const unplugged = parseFault("sensor-unplugged sensor=scd4x")
        injector.startNow(unplugged)
        injector.startNow(parseFault("sensor-unplugged sensor=sgp30 for=20"))
        await runTo(7)
        assert.deepEqual(acknowledged(), [0, 0])
        injector.stop(unplugged)
        injector.stop(unplugged)
        await runTo(8)
        acknowledged() // the part powers up at its first transfer
        await runTo(10)
        assert.deepEqual(acknowledged(), [100, 0])
        assert.deepEqual(
            injector.liveFaults.map(({ kind }) => kind),
            ["sensor-unplugged"],
        )
        await runTo(30)
        acknowledged()
        await runTo(32)
        assert.deepEqual(acknowledged(), [100, 100])
        assert.deepEqual(injector.liveFaults, [])
        assert.deepEqual(notes, [
            "5 sensor-unplugged starts",
            "5 sensor-unplugged starts",
            "7 sensor-unplugged ends",
            "25 sensor-unplugged ends",
        ])
    })

    it("needs the simulation's own server when any fault may start, and refuses one that may not", () => {
        assert.equal(injected({ faults: [], live: true }).injector.needsServer, true)
        const { injector } = surroundings()
        assert.throws(() => injector.startNow(parseFault("wifi-off")), /takes no live faults/)
    })

    it("reports the start and end of each fault, once for a fault in parts", async () => {
        const { notes, runTo } = surroundings(
            "wifi-off at=10 for=5",
            "brown-out at=12 cuts=3 every=4 off=1",
            "sensor-hot-plug at=3",
            "dns-fail",
        )
        await runTo(60)
        assert.deepEqual(notes, [
            "0 sensor-hot-plug starts",
            "0 dns-fail starts",
            "3 sensor-hot-plug ends",
            "10 wifi-off starts",
            "12 brown-out starts",
            "15 wifi-off ends",
            "21 brown-out ends",
        ])
    })

    it("holds a state as long as one of its faults holds, for the named part only", async () => {
        const { scd4x, sgp30, runTo } = surroundings(
            "sensor-unplugged at=1 for=10",
            "sensor-unplugged at=5 for=2 sensor=scd4x",
            "sensor-stuck at=8 for=9 sensor=sgp30",
        )
        const states = () =>
            [scd4x.faults.unplugged, sgp30.faults.unplugged, scd4x.faults.stuck, sgp30.faults.stuck].map(Boolean)
        const seen: boolean[][] = []
        for (const second of [0, 1, 7, 8, 11, 17]) {
            await runTo(second)
            await runTo(second + 0.5)
            seen.push(states())
        }
        assert.deepEqual(seen, [
            [false, false, false, false],
            [true, true, false, false],
            [true, true, false, false],
            [true, true, false, true],
            [false, false, false, true],
            [false, false, false, false],
        ])
    })

    it("triggers on each transfer of the named part, with its chance, or a number of times", async () => {
        const all = surroundings("sensor-nack for=10 sensor=scd4x")
        await all.runTo(0.1)
        assert.deepEqual(all.acknowledged(), [0, 100])
        await all.runTo(10)
        await all.runTo(10.1)
        assert.deepEqual(all.acknowledged(), [100, 100])
        const some = surroundings("sensor-nack chance=0.25")
        await some.runTo(0.1)
        for (const count of some.acknowledged()) assert.ok(count > 55 && count < 95, `${count}`)
        const few = surroundings("sensor-nack times=3")
        await few.runTo(0.1)
        assert.deepEqual(few.acknowledged(), [97, 100])
    })

    it("shifts the server's clock only", async () => {
        const { injector, clock, runTo } = surroundings(
            "server-clock at=5 for=10 by=-1h",
            "server-clock at=8 for=1 by=2h",
        )
        const offsets: number[] = []
        for (const second of [0, 6, 8.5, 10, 16]) {
            await runTo(second)
            await runTo(second + 0.1)
            offsets.push((injector.serverNow() - clock.now()) / 1000)
        }
        assert.deepEqual(offsets, [0, -3600, 3600, -3600, 0])
    })
})

describe("an office with faults", () => {
    let authority: LocalCa
    before(async () => (authority = await temporaryCa()))

    /** Runs an office for half an hour with these faults. */
    async function halfHour(faults: string[], impostor = authority) {
        const office = await Office.open(
            authority,
            { INTERVAL_S: "20", BATCH: "3" },
            { faults: faults.map(parseFault), impostor },
        )
        try {
            await office.runMinutes(30)
            return {
                notes: office.notes.map(({ state, atMs }) => `${state} ${atMs}`),
                stored: await office.readings(),
                impostorBytes: office.impostorBytes,
                traffic: office.device.traffic,
            }
        } finally {
            await office.close()
        }
    }

    it("repeats the same run with the same seed", async () => {
        const faults = ["response-lost chance=0.3", "dns-fail chance=0.3", "sensor-nack chance=0.05"]
        const [first, second] = [await halfHour(faults), await halfHour(faults)]
        assert.ok(first.notes.length > 8, `${first.notes.length}`)
        assert.deepEqual(second.notes, first.notes)
        assert.deepEqual(second.stored, first.stored)
    })

    it("counts the plaintext that an impostor receives from a device that trusts it", async () => {
        const trusted = await halfHour(["tls-impostor at=10m for=5m"])
        assert.ok(trusted.impostorBytes > 300, `${trusted.impostorBytes}`)
    })

    it("does not wait in real time for a peer that is known to be silent", async () => {
        const startedAtMs = performance.now()
        await halfHour(["connect-silent at=5m"])
        await halfHour(["response-lost end=silence at=5m"])
        await halfHour(["tls-stall after=flight at=5m"])
        assert.ok(performance.now() - startedAtMs < 30_000)
    })
})
