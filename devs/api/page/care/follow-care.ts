/** Keeps what the page shows up to date: devices by streams, alerts and certificates by asking now and then. */
import type { WallRoom } from "../../client/api-types.ts"
import { type DeviceEvents, followStream, type WallEvents } from "../shared/follow-stream.ts"
import type { CareApi } from "./care-api.ts"
import type { CareData } from "./care-data.ts"

export interface CareView {
    show(data: CareData): void
    /** the server does not respond, or does again */
    setAway(isAway: boolean): void
}

/** Alerts, certificates and pins: nothing of them is more urgent than what the streams tell. */
const ASK_EVERY_MS = 60_000

/** While nothing could be read yet. */
const ASK_AGAIN_MS = 10_000

/** Events that come together are shown together. */
const SHOW_AFTER_MS = 100

export class CareFollower {
    readonly #api: CareApi
    readonly #view: CareView
    #data: CareData | undefined
    #timer: ReturnType<typeof setTimeout> | undefined

    constructor(api: CareApi, view: CareView) {
        this.#api = api
        this.#view = view
    }

    /** @param root way to the server's root */
    async start(root: string): Promise<void> {
        await this.refresh()
        const onAway = () => this.#view.setAway(true)
        followStream<DeviceEvents>({
            ...{ url: `${root}api/v1/stream`, ask: () => this.#read(), onAway },
            events: {
                devices: ({ now, ids }) =>
                    this.#change(now, ({ devices }) => ({ devices: devices.filter(({ id }) => ids.includes(id)) })),
                device: ({ now, device }) =>
                    this.#change(now, ({ devices }) => ({
                        devices: [...devices.filter(({ id }) => id !== device.id), device],
                    })),
                time: ({ now }) => this.#change(now),
            },
        })
        followStream<WallEvents>({
            ...{ url: `${root}api/v1/stream?view=wall`, ask: () => this.#readWall(), onAway },
            events: {
                rooms: ({ now }) => this.#change(now),
                room: ({ now, room }) =>
                    this.#change(now, ({ rooms }) => ({ rooms: new Map(rooms).set(room.id, merged(rooms, room)) })),
                time: ({ now }) => this.#change(now),
            },
        })
        setInterval(() => void this.refresh(), ASK_EVERY_MS)
        setInterval(() => {
            if (this.#data === undefined) void this.refresh()
        }, ASK_AGAIN_MS)
    }

    /** Asks for everything. */
    async refresh(): Promise<void> {
        try {
            await this.#read()
        } catch {
            this.#view.setAway(true)
        }
    }

    async #read(): Promise<void> {
        this.#data = await this.#api.read()
        this.#show()
    }

    async #readWall(): Promise<void> {
        const { now, rooms } = await this.#api.wall()
        this.#change(now, () => ({ rooms }))
    }

    #change(now: number, changes: (data: CareData) => Partial<CareData> = () => ({})): void {
        if (this.#data === undefined) return
        this.#data = { ...this.#data, ...changes(this.#data), now }
        this.#timer ??= setTimeout(() => this.#show(), SHOW_AFTER_MS)
    }

    #show(): void {
        clearTimeout(this.#timer)
        this.#timer = undefined
        if (this.#data === undefined) return
        this.#view.setAway(false)
        this.#view.show(this.#data)
    }
}

/** An event has only what may have changed. */
function merged(rooms: CareData["rooms"], room: Partial<WallRoom> & { id: string }) {
    return { silentFrom: null, sensorFailed: false, ...rooms.get(room.id), ...room }
}
