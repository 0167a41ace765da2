import type { FastifyInstance, LightMyRequestResponse } from "fastify"
import { buildApp } from "../../../devs/api/app.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { NOW_S, openWorld, postHeaders, type World } from "./world.ts"

/** Three devices, and a server whose clock can be set wrong. */
export class ClockWorld {
    app!: FastifyInstance
    /** how far the server's clock is off, s */
    offS = 0
    /** what the server reported: why its clock is in doubt, undefined when it no longer is */
    doubts: (string | undefined)[] = []
    #trueS = NOW_S
    #sleptS = 0
    readonly #tokens = new Map<string, string>()
    readonly #seqs = new Map<string, number>()
    readonly #world: World

    private constructor(world: World) {
        this.#world = world
        this.#tokens.set("kitchen", world.token)
    }

    static async open(): Promise<ClockWorld> {
        const world = new ClockWorld(await openWorld())
        for (const id of ["office", "attic"])
            world.#tokens.set(id, (await addDevice(world.#world.db, { id, createdAt: NOW_S })).token)
        world.#start({})
        return world
    }

    #start(options: { trustClock?: boolean; notBeforeS?: number }): void {
        this.offS = 0
        this.doubts = []
        this.app = buildApp({
            public: true,
            db: this.#world.db,
            now: () => (this.#trueS + this.offS) * 1000,
            monotonicS: () => this.#trueS - this.#sleptS - NOW_S,
            onClockDoubt: reason => this.doubts.push(reason),
            ...options,
        })
    }

    /** Starts the server anew, its clock right. */
    async restart(options: { trustClock?: boolean; notBeforeS?: number } = {}): Promise<void> {
        await this.app.close()
        this.#start(options)
    }

    pass(seconds: number): void {
        this.#trueS += seconds
    }

    /** The machine sleeps: its clock goes on, its process does not. */
    sleep(seconds: number): void {
        this.#trueS += seconds
        this.#sleptS += seconds
    }

    /** Posts a reading that just ended, by a device whose clock is off by `byS`, or does not know the time. */
    async post(device: string, byS?: number, more: object = {}): Promise<LightMyRequestResponse> {
        const seq = (this.#seqs.get(device) ?? 0) + 1
        this.#seqs.set(device, seq)
        const time = byS === undefined ? { age: 0 } : { time: this.#trueS + byS, age: 0 }
        const payload = { boot: "b1", seq, ...time, step: 60, co2Ppm: [700], status: { uptimeS: 1e6 }, ...more }
        const headers = postHeaders(this.#tokens.get(device) ?? "")
        return await this.app.inject({ method: "POST", url: "/api/v1/readings", headers, payload })
    }

    /** Status and error code of the response to `post`. */
    async responseTo(device: string, byS?: number, more?: object): Promise<[number, string | undefined]> {
        const response = await this.post(device, byS, more)
        return [response.statusCode, response.json().code]
    }

    async health(): Promise<number> {
        return (await this.app.inject({ url: "/health" })).statusCode
    }

    /** Number of readings of the device "kitchen" that are stored. */
    async stored(): Promise<number> {
        return (await this.#world.store.readings("kitchen", { from: 0, to: 9_999_999_999 }, 1000)).readings.length
    }

    async end(): Promise<void> {
        await this.app.close()
        await this.#world.end()
    }
}
