import assert from "node:assert/strict"
import type { Socket } from "node:net"
import type { LocalCa } from "../../../certs/local-ca.ts"
import type { Chip } from "../../../devs/image/chip.ts"
import { VirtualDevice } from "../../../devs/sim/chip/device.ts"
import { VirtualClock, Wakeup } from "../../../devs/sim/clock.ts"
import { type MemorySocket, silentPeer } from "../../../devs/sim/faults/memory-socket.ts"
import { runActors } from "../../../devs/sim/run.ts"
import { I2cBus } from "../../../devs/sim/sensors/i2c.ts"
import { buildFirmware } from "../../../devs/vm/firmware.ts"
import { Office, START_MS } from "../../support/office.ts"
import { tcpServer, temporaryCa } from "../../support/tls-servers.ts"

describe("a virtual device", () => {
    let authority: LocalCa
    before(async () => (authority = await temporaryCa()))

    /** What it did in a quarter of an hour. */
    async function quarter(fromStore: boolean) {
        const office = await Office.open(authority, { INTERVAL_S: "30", BATCH: "4" }, { fromStore, watchHeap: true })
        try {
            await office.runMinutes(15)
            const { interval, batch } = office.events.find(({ event }) => event === "boot")!.values
            return {
                interval,
                batch,
                stored: await office.stored(),
                heapPeakBytes: office.device.heapPeakBytes,
                log: office.log,
            }
        } finally {
            await office.close()
        }
    }

    it("behaves the same when booted from the store of a flash image as when just deployed", async () => {
        const deployed = await quarter(false)
        const booted = await quarter(true)
        assert.deepEqual([booted.interval, booted.batch], ["30", "4"])
        assert.ok(booted.stored.length >= 24, `${booted.stored}`)
        assert.deepEqual(booted.stored, deployed.stored)
        assert.ok(booted.heapPeakBytes > 0 && Math.abs(booted.heapPeakBytes - deployed.heapPeakBytes) < 1000)
        assert.ok(!booted.log.some(line => /deploy|formatting/.test(line)))
    })

    describe("with a program that counts its starts in flash and restarts the chip every 20 s", () => {
        const clock = new VirtualClock(START_MS)
        const wakeup = new Wakeup()
        const starts: { count: number; uptime: number; atMs: number }[] = []
        const connections = { opened: 0, closed: 0 }
        let device: VirtualDevice
        const runUntil = (atMs: number) => runActors([device], clock, wakeup, () => clock.now() >= START_MS + atMs)

        before(async () => {
            const count = (socket: Socket) => {
                connections.opened++
                socket.on("close", () => connections.closed++)
                socket.resume()
            }
            const server = await tcpServer(count)
            device = await VirtualDevice.powerUp({
                chipId: "0123456789abcdef",
                bytecode: (await buildFirmware("test/fixtures/programs/restart.ts")).bytecode,
                settings: { PORT: String(server.port) },
                bundle: new Uint8Array(),
                bus: new I2cBus(),
                clock,
                wakeup,
                watchHeap: true,
                onEvent: ({ event, values }, atMs) => {
                    if (event === "start")
                        starts.push({
                            count: Number(values.count),
                            uptime: Number(values.uptime),
                            atMs: atMs - START_MS,
                        })
                },
            })
        })
        after(() => device.powerOff())

        it("restarts each time with its flash, uptime 0 and no connection", async () => {
            await runUntil(55_000)
            assert.deepEqual([device.restarts, starts.map(({ count }) => count)], [2, [1, 2, 3]])
            for (const { uptime } of starts) assert.ok(uptime < 1500, `${uptime} ms`)
            for (const [at, { atMs }] of starts.entries()) assert.ok(Math.abs(atMs - at * 21_300) < 1000, `${atMs} ms`)
            assert.deepEqual(connections, { opened: 3, closed: 2 })
        })

        it("keeps counting its heap peak and its flash writes after a power cut", () => {
            const { heapPeakBytes, flashWrites } = device
            assert.ok(heapPeakBytes > 500 && flashWrites >= 4, `${heapPeakBytes} bytes, ${flashWrites} writes`)
            device.cutPower(START_MS + 115_000)
            assert.deepEqual([device.heapPeakBytes, device.flashWrites], [heapPeakBytes, flashWrites])
        })

        it("does nothing without power, and then starts as after a restart", async () => {
            await runUntil(114_000)
            assert.deepEqual([starts.length, connections.closed], [3, 3])
            await runUntil(120_000)
            assert.deepEqual([device.restarts, starts.at(-1)!.count], [2, 4])
            assert.ok(starts.at(-1)!.atMs >= 115_000 && starts.at(-1)!.uptime < 1500)
        })
    })

    it("panics if a handshake ends with an error while the next attempt waits, as sock.c may, and starts again", async () => {
        const clock = new VirtualClock(START_MS)
        const wakeup = new Wakeup()
        const [log, peers]: [string[], MemorySocket[]] = [[], []]
        const device = await VirtualDevice.powerUp({
            chipId: "0123456789abcdef",
            bytecode: (await buildFirmware("test/fixtures/programs/impatient.ts")).bytecode,
            settings: {},
            bundle: new Uint8Array(),
            bus: new I2cBus(),
            connectTcp: () => (peers[peers.length] = silentPeer("after TCP")),
            clock,
            wakeup,
            onLog: line => log.push(line.trimEnd()),
        })
        const runUntil = (atMs: number) => runActors([device], clock, wakeup, () => clock.now() >= START_MS + atMs)
        await runUntil(10_000)
        assert.deepEqual([device.panics, peers.length], [0, 1])
        peers[0]!.fallQuiet(undefined)
        peers[0]!.destroy()
        await runUntil(20_000)
        device.powerOff()
        assert.deepEqual([device.panics, device.restarts, peers.length], [1, 0, 3])
        assert.match(log.join("\n"), /simulator: chip panic: the socket is closed while its worker still opens/)
    })

    describe("on a held I2C line", () => {
        const clock = new VirtualClock(START_MS)
        const wakeup = new Wakeup()
        const log: string[] = []
        let isHeld = false
        let device: VirtualDevice
        const runUntil = (atMs: number) => runActors([device], clock, wakeup, () => clock.now() >= START_MS + atMs)

        /** A chip with a program that makes six transfers in one round, every minute. */
        async function powerUp(chip: Chip): Promise<void> {
            log.length = 0
            isHeld = false
            device = await VirtualDevice.powerUp({
                chip,
                chipId: "0123456789abcdef",
                bytecode: (await buildFirmware("test/fixtures/programs/six-transfers.ts")).bytecode,
                settings: {},
                bundle: new Uint8Array(),
                bus: { transfer: () => (isHeld ? { status: 1, held: true } : { status: 1 }) },
                clock,
                wakeup,
                onLog: line => log.push(line.trimEnd()),
            })
        }
        afterEach(() => device.powerOff())

        it("is blocked for as long as its chip waits, and the time of its program goes on", async () => {
            for (const [chip, blockedMs] of [
                ["esp32", 78],
                ["esp32s2", 1260],
            ] as const) {
                await powerUp(chip)
                isHeld = true
                await runUntil(clock.now() - START_MS + 10_000)
                const tookMs = Number(log.find(line => line.startsWith("> round"))?.split("=")[1])
                assert.ok(tookMs >= blockedMs && tookMs <= blockedMs + 2, `${tookMs} ms`)
                assert.equal(device.watchdogResets, 0)
                device.powerOff()
            }
        })

        for (const chip of ["esp32c3", "esp32s3"] as const)
            it(`is reset by the task watchdog after 5 s in one round on an ${chip}, and again while the runtime looks for parts`, async () => {
                await powerUp(chip)
                const startMs = clock.now() - START_MS
                await runUntil(startMs + 10_000)
                assert.deepEqual([device.watchdogResets, device.restarts], [0, 0])
                isHeld = true
                await runUntil(startMs + 70_000)
                const first = device.watchdogResets
                await runUntil(startMs + 120_000)
                const resets = device.watchdogResets
                assert.ok(first >= 1 && resets - first === 10, `${first}, then ${resets - first} resets`)
                assert.equal(
                    log.filter(line => line.startsWith("E task_wdt: Task watchdog got triggered.")).length,
                    resets,
                )
                isHeld = false
                await runUntil(startMs + 200_000)
                assert.deepEqual([device.watchdogResets, device.restarts], [resets, 0])
                assert.equal(log.filter(line => line.startsWith("> round")).at(-1), "> round took=1")
            })
    })
})
