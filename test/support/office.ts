/** One virtual device in a room, the real API behind a server that can be made to fail, on one virtual clock. */
import assert from "node:assert/strict"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer, type Server, type ServerOptions } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { connect } from "node:tls"
import type { FastifyInstance } from "fastify"
import type { LocalCa } from "../../certs/local-ca.ts"
import { buildApp } from "../../devs/api/app.ts"
import type { SettingValues } from "../../devs/api/desired-settings.ts"
import { addDevice, setDevice } from "../../devs/api/device-registry.ts"
import type { DeviceState } from "../../devs/api/store/device-state.ts"
import { type Device, openStore, type Reading, type Store } from "../../devs/api/store/store.ts"
import { buildStore } from "../../devs/image/store-image.ts"
import type { AirSource } from "../../devs/sim/air/air.ts"
import { Room } from "../../devs/sim/air/room.ts"
import { type DeviceMemory, VirtualDevice } from "../../devs/sim/chip/device.ts"
import type { DeviceEvent } from "../../devs/sim/chip/device-log.ts"
import { VirtualClock, Wakeup } from "../../devs/sim/clock.ts"
import { FaultyServer } from "../../devs/sim/faults/faulty-server.ts"
import { FaultInjector, type FaultNote } from "../../devs/sim/faults/injector.ts"
import type { Fault as ScriptedFault } from "../../devs/sim/faults/kinds.ts"
import { Random } from "../../devs/sim/random.ts"
import { run } from "../../devs/sim/run.ts"
import { I2cBus } from "../../devs/sim/sensors/i2c.ts"
import { Scd4x } from "../../devs/sim/sensors/scd4x.ts"
import type { SimulatedSensor } from "../../devs/sim/sensors/sensirion.ts"
import { Sgp30 } from "../../devs/sim/sensors/sgp30.ts"
import { buildFirmware } from "../../devs/vm/firmware.ts"
import { bundleOf } from "./tls-servers.ts"

/** A Monday, 8 o'clock. */
export const START_MS = Date.UTC(2026, 0, 5, 8)

/** What a fault does in place of the API, or with the API's answer; true if it took the request. */
export type Fault = (request: IncomingMessage, response: ServerResponse, app: FastifyInstance) => void

export interface Furniture {
    /** a room with people in it if absent */
    air?: AirSource
    /** an SGP30 on the bus too */
    withSgp30?: boolean
    /** when the clock begins */
    startMs?: number
    /** the device starts from the store of a flash image, not from a program just deployed */
    fromStore?: boolean
    /** what is to go wrong, and when */
    faults?: ScriptedFault[]
    /** of the same names as the office's authority; devices do not trust it */
    impostor?: LocalCa
    /** as for a `VirtualDevice` */
    watchHeap?: boolean
}

export class Office {
    readonly clock: VirtualClock
    readonly events: DeviceEvent[] = []
    /** what the chip logged, line by line */
    readonly log: string[] = []
    /** what the device wrote to its socket, in plaintext, write by write */
    readonly written: Buffer[] = []
    readonly sensor: Scd4x
    readonly bus = new I2cBus()
    device!: VirtualDevice
    /** in force for each request until changed */
    fault: Fault | undefined
    /** bytes that clients have sent to the server in TLS, that is: after it was accepted */
    readonly seen: string[] = []
    /** what the faults did, and when */
    readonly notes: (FaultNote & { atMs: number })[] = []
    readonly #injector: FaultInjector
    readonly #store: Store = openStore(":memory:")
    readonly #app = buildApp({ store: this.#store, now: () => this.#injector.serverNow() })
    readonly #wakeup = new Wakeup()
    readonly #authority: LocalCa
    #server: Server | undefined
    #port = 0
    #token = ""
    #settings: Record<string, string> = {}
    readonly #fromStore: boolean
    readonly #watchHeap: boolean
    readonly #sensors: SimulatedSensor[]
    readonly #random = new Random(7)

    constructor(
        authority: LocalCa,
        {
            startMs = START_MS,
            air = new Room({ seed: 1, startMs }),
            withSgp30,
            fromStore = false,
            faults = [],
            impostor = authority,
            watchHeap = true,
        }: Furniture = {},
    ) {
        this.#authority = authority
        this.#fromStore = fromStore
        this.#watchHeap = watchHeap
        this.clock = new VirtualClock(startMs)
        this.sensor = new Scd4x({ air, poweredAtMs: startMs })
        this.#sensors = [this.sensor, ...(withSgp30 ? [new Sgp30({ air, poweredAtMs: startMs })] : [])]
        for (const sensor of this.#sensors) this.bus.attach(sensor)
        this.#injector = new FaultInjector({
            faults,
            clock: this.clock,
            seed: 7,
            onFault: note => this.notes.push({ ...note, atMs: this.clock.now() }),
        })
        this.#injector.server = new FaultyServer({
            credentials: authority.server,
            impostorCredentials: impostor.server,
            connect: () => connect({ host: "localhost", port: this.#port, ca: authority.rootPem }),
        })
    }

    /** The API up, the device switched on. */
    static async open(
        authority: LocalCa,
        settings: Record<string, string> = {},
        furniture?: Furniture,
    ): Promise<Office> {
        const office = new Office(authority, furniture)
        await office.#app.ready()
        await office.startServer()
        const { token } = addDevice(office.#store, { id: "m5", createdAt: office.clock.now() / 1000 })
        office.#token = token
        office.#settings = { API_URL: `https://localhost:${office.#port}`, API_TOKEN: token, ...settings }
        await office.#powerUp()
        office.#injector.start()
        return office
    }

    async #powerUp(): Promise<void> {
        const faults = this.#injector.addDevice("m5", this.#sensors)
        this.device = await VirtualDevice.powerUp({
            chipId: "0123456789abcdef",
            ...(await this.#memory()),
            bundle: bundleOf(this.#authority),
            bus: faults.faultyBus(this.bus),
            connectTcp: (...to) => faults.connectTcp(...to),
            clock: this.clock,
            wakeup: this.#wakeup,
            watchHeap: this.#watchHeap,
            onEvent: event => this.events.push(event),
            onLog: line => this.log.push(line),
            randomBytes: length => Uint8Array.from({ length }, () => this.#random.next() * 256),
        })
        faults.device = this.device
        this.#overhear()
    }

    async #memory(): Promise<DeviceMemory> {
        const contents = { bytecode: (await buildFirmware()).bytecode, settings: this.#settings }
        return this.#fromStore ? { store: await buildStore(contents) } : contents
    }

    /** Takes the device's power for so long, and gives it back. */
    async cutPower(seconds: number): Promise<void> {
        this.device.cutPower(this.clock.now() + seconds * 1000)
        await this.runMinutes(seconds / 60)
    }

    #overhear(): void {
        const { network } = this.device
        const write = network.write.bind(network)
        network.write = bytes => {
            this.written.push(Buffer.from(bytes))
            return write(bytes)
        }
    }

    /** Listens on the same port as before, with the authority's certificate or as told. */
    async startServer(options?: ServerOptions): Promise<void> {
        const { keyPem, chainPem } = this.#authority.server
        const sockets = new Set<Socket>()
        const server = createServer(
            { keepAliveTimeout: 0, ...(options ?? { key: keyPem, cert: chainPem }) },
            (request, response) => {
                this.seen.push(request.url ?? "")
                if (this.fault) this.fault(request, response, this.#app)
                else this.#app.routing(request, response)
            },
        )
        server.on("connection", (socket: Socket) => void sockets.add(socket))
        server.on("close", () => sockets.clear())
        this.#stop = () => sockets.forEach(socket => socket.destroy())
        await new Promise<void>(resolve => server.listen(this.#port, "127.0.0.1", resolve))
        this.#server = server
        this.#port = (server.address() as AddressInfo).port
    }

    #stop = (): void => undefined

    /** Ends every connection and stops listening. */
    async stopServer(): Promise<void> {
        const server = this.#server
        if (!server) return
        this.#server = undefined
        await new Promise<void>(resolve => {
            server.close(() => resolve())
            this.#stop()
        })
    }

    async runMinutes(minutes: number): Promise<void> {
        const end = this.clock.now() + minutes * 60_000
        await run([this.#injector.events, this.device], this.clock, this.#wakeup, () => this.clock.now() >= end)
    }

    /** What the server has, in the order of time. */
    readings(): Reading[] {
        return this.#store.readings("m5", { from: 0, to: 4e9 }, 10_000).readings
    }

    /** Sequence numbers on the server, in the order of time. */
    stored(): number[] {
        return this.readings().map(reading => reading.seq)
    }

    /** Plaintext that the device has sent to the server it must not trust. */
    get impostorBytes(): number {
        return this.#injector.server!.impostorBytes
    }

    /** The device, with what it reported lost, as the server knows it. */
    get known(): Device {
        return this.#store.device("m5")!
    }

    /** How the device is, as the server knows it. */
    get deviceState(): DeviceState {
        return this.#store.deviceState("m5")
    }

    /** Asks the device for settings, as its owner does. */
    set(settings: SettingValues): void {
        setDevice(this.#store, "m5", settings, Math.floor(this.clock.now() / 1000))
    }

    /** The requests the device sent, whole. */
    requests(): string[] {
        return Buffer.concat(this.written)
            .toString()
            .split(/(?=POST \/)/)
            .filter(Boolean)
    }

    /** The newest reading the device has taken. */
    get taken(): number {
        return Number(this.events.filter(({ event }) => event === "reading").at(-1)?.values.seq ?? 0)
    }

    /** States of the uplink since power-up, each change once. */
    states(): string[] {
        return this.events.filter(({ event }) => event === "uplink").map(({ values }) => values.state!)
    }

    /** @throws AssertionError when the chip's log ever held the token */
    async close(): Promise<void> {
        assert.deepEqual(
            this.log.filter(line => line.includes(this.#token)),
            [],
        )
        this.device.powerOff()
        await this.stopServer()
        await this.#app.close()
        this.#store.close()
    }
}
