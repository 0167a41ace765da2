/**
 * One virtual device in a room, and the API behind a server that a test can stop, replace or make
 * fail, on one virtual clock.
 */
import assert from "node:assert/strict"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer, type Server, type ServerOptions } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import type { FastifyInstance } from "fastify"
import { setDevice } from "../../devs/api/device-registry.ts"
import type { ServeOptions, Serving } from "../../devs/api/server.ts"
import { deviceStates } from "../../devs/api/store/device-views.ts"
import { readingPage } from "../../devs/api/store/readings.ts"
import type { Device, DeviceState, Reading, SettingValues } from "../../devs/api/store/records.ts"
import { mainFileFor } from "../../devs/image/board-program.ts"
import { readBoard } from "../../devs/image/boards.ts"
import type { Chip } from "../../devs/image/chip.ts"
import { buildStore } from "../../devs/image/store-image.ts"
import type { AirSource } from "../../devs/sim/air/air.ts"
import { Room } from "../../devs/sim/air/room.ts"
import type { VirtualDevice } from "../../devs/sim/chip/device.ts"
import type { DeviceEvent } from "../../devs/sim/chip/device-log.ts"
import { VirtualClock } from "../../devs/sim/clock.ts"
import { FaultyServer } from "../../devs/sim/faults/faulty-server.ts"
import { FaultInjector, type FaultNote } from "../../devs/sim/faults/injector.ts"
import type { Fault } from "../../devs/sim/faults/kinds.ts"
import { VirtualPanel } from "../../devs/sim/panel/virtual-panel.ts"
import { Scd4x } from "../../devs/sim/sensors/scd4x.ts"
import { Sgp30 } from "../../devs/sim/sensors/sgp30.ts"
import { Simulation } from "../../devs/sim/simulation.ts"
import { type ApiAuthority, type LocalApi, startLocalApi } from "../../devs/testbed/local-service.ts"
import { buildFirmware } from "../../devs/vm/firmware.ts"
import { bundleOf } from "./tls-servers.ts"

/** A Monday, 8 o'clock UTC. */
export const START_MS = Date.UTC(2026, 0, 5, 8)
const DEVICE = "m5"
const SEED = 7
/**
 * Board of the device, with its light and its screen, for a long form of the tests; a device without them by default.
 * The heap is watched by test/src/heap.test.ts then: that is slow, and slower with a screen.
 */
const BOARD = process.env.AIRPIN_BOARD

/** Handles a request in place of the API; it may still pass it on to `app.routing`. */
export type RequestFault = (request: IncomingMessage, response: ServerResponse, app: FastifyInstance) => void

export interface OfficeOptions {
    /** default: a room with people in it */
    air?: AirSource
    chip?: Chip
    /** true: an SGP30 is on the bus too */
    withSgp30?: boolean
    /** start of the clock, ms since the epoch */
    startMs?: number
    /** true: the device boots from the store of a flash image; false: from a program just deployed */
    fromStore?: boolean
    /** with their times, as `airpin sim --faults` takes them */
    faults?: Fault[]
    /** CA with the names of the office's CA that the device does not trust */
    impostor?: ApiAuthority
    /** as for a `VirtualDevice` */
    watchHeap?: boolean
}

export class Office {
    readonly clock: VirtualClock
    readonly events: DeviceEvent[] = []
    /** lines that the chip logged */
    readonly log: string[] = []
    /** plaintext that the device wrote to its socket, one buffer per write */
    readonly written: Buffer[] = []
    /** handles each request until changed; undefined: the API does */
    fault: RequestFault | undefined
    /** URLs of the requests that the server received */
    readonly seen: string[] = []
    /** start, end and each effect of the faults, with its time */
    readonly notes: (FaultNote & { atMs: number })[] = []
    readonly #injector: FaultInjector
    readonly #authority: ApiAuthority
    #app!: FastifyInstance
    #api!: LocalApi
    #simulation!: Simulation
    #server: Server | undefined
    #port = 0
    #token = ""

    private constructor(authority: ApiAuthority, startMs: number, faults: Fault[]) {
        this.#authority = authority
        this.clock = new VirtualClock(startMs)
        this.#injector = new FaultInjector({
            faults,
            clock: this.clock,
            seed: SEED,
            onFault: note => this.notes.push({ ...note, atMs: this.clock.now() }),
        })
    }

    /** Starts the API and switches the device on. */
    static async open(
        authority: ApiAuthority,
        settings: Record<string, string> = {},
        options: OfficeOptions = {},
    ): Promise<Office> {
        const { startMs = START_MS, faults = [], impostor = authority } = options
        const office = new Office(authority, startMs, faults)
        office.#api = await startLocalApi({
            authority,
            now: () => office.#injector.serverNow(),
            monotonicS: () => office.#injector.monotonicS(),
            listen: options => office.#listen(options),
        })
        office.#injector.server = new FaultyServer({
            credentials: authority.server,
            impostorCredentials: impostor.server,
            connect: office.#api.connect,
        })
        office.#token = await office.#api.tokenFor(DEVICE)
        await office.#powerUp({ API_URL: office.#api.url, API_TOKEN: office.#token, ...settings }, options)
        return office
    }

    get device(): VirtualDevice {
        return this.#simulation.devices[0]!
    }

    async #powerUp(settings: Record<string, string>, options: OfficeOptions): Promise<void> {
        const { startMs = START_MS, air = new Room({ seed: 1, startMs }), watchHeap = false } = options
        const part = { air, poweredAtMs: startMs }
        const board = BOARD === undefined ? undefined : await readBoard(BOARD)
        const contents = { bytecode: (await buildFirmware(mainFileFor(board))).bytecode, settings }
        this.#simulation = await Simulation.start({
            clock: this.clock,
            bundle: bundleOf(this.#authority),
            devices: [
                {
                    id: DEVICE,
                    ...(options.chip && { chip: options.chip }),
                    ...(board && { panel: new VirtualPanel(board) }),
                    memory: options.fromStore ? { store: await buildStore(contents) } : contents,
                    sensors: [new Scd4x(part), ...(options.withSgp30 ? [new Sgp30(part)] : [])],
                },
            ],
            seed: SEED,
            injector: this.#injector,
            watchHeap,
            onEvent: (_, event) => this.events.push(event),
            onLog: (_, line) => this.log.push(line),
        })
        this.#recordWrites()
    }

    /** Cuts the device's power for so many seconds, and runs until it is back. */
    async cutPower(seconds: number): Promise<void> {
        this.device.cutPower(this.clock.now() + seconds * 1000)
        await this.runMinutes(seconds / 60)
    }

    #recordWrites(): void {
        const { network } = this.device
        const write = network.write.bind(network)
        network.write = bytes => {
            this.written.push(Buffer.from(bytes))
            return write(bytes)
        }
    }

    async #listen({ app }: ServeOptions): Promise<Pick<Serving, "url" | "port" | "close">> {
        await app.ready()
        this.#app = app
        await this.startServer()
        return {
            url: `https://localhost:${this.#port}`,
            port: this.#port,
            close: async () => {
                await this.stopServer()
                await app.close()
            },
        }
    }

    /** Listens on the same port as before. @param options default: the authority's certificate */
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
        const endMs = this.clock.now() + minutes * 60_000
        await this.#simulation.runUntil(() => this.clock.now() >= endMs)
    }

    /** What the server has, in the order of time. */
    async readings(): Promise<Reading[]> {
        return (await readingPage(this.#api.db.sql, DEVICE, { from: 0, to: 4e9 }, 10_000)).readings
    }

    /** Sequence numbers on the server, in the order of time. */
    async stored(): Promise<number[]> {
        return (await this.readings()).map(reading => reading.seq)
    }

    /** Plaintext that the device has sent to the server it must not trust. */
    get impostorBytes(): number {
        return this.#injector.server!.impostorBytes
    }

    /** The device, with what it reported lost, as the server knows it. */
    get known(): Promise<Device> {
        return this.#api.device(DEVICE)
    }

    /** How the device is, as the server knows it. */
    async deviceState(): Promise<DeviceState> {
        return (await deviceStates(this.#api.db.sql, DEVICE)).get(DEVICE)!
    }

    /** Asks the device for settings, as its owner does. */
    async set(settings: SettingValues): Promise<void> {
        await setDevice(this.#api.db, DEVICE, settings, Math.floor(this.clock.now() / 1000))
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
        this.#simulation.powerOff()
        await this.#api.close()
    }
}
