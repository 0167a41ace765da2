/** A running simulation as a person at the page handles it: what may be asked of it, and what it shows. */
import { AirpinError } from "../../certs/error.ts"
import type { Air, AirSource } from "../sim/air/air.ts"
import type { Room, RoomSettings } from "../sim/air/room.ts"
import type { DeviceEvent } from "../sim/chip/device-log.ts"
import { type Clock, VirtualClock } from "../sim/clock.ts"
import { acknowledgedOf, count, newCounters } from "../sim/counters.ts"
import { faultText, parseFault } from "../sim/faults/fault.ts"
import type { FaultInjector } from "../sim/faults/injector.ts"
import type { Color } from "../sim/panel/light.ts"
import type { VirtualPanel } from "../sim/panel/virtual-panel.ts"
import { checkFault } from "../testbed/sim-faults.ts"
import type { ServerView } from "./server-view.ts"

/** Shorter than any person presses; the firmware looks at its buttons less often than that (simulated time). */
const MIN_PRESS_MS = 150
/** A finger moves in real time. */
const PRESS_SPEED = 1
const MAX_LOG_LINES = 300

export interface PanelSimulation {
    /** the device's id on its server */
    deviceId: string
    board: { id: string; name: string }
    panel: VirtualPanel
    clock: Clock
    /** must be `live` */
    injector: FaultInjector
    air: AirSource
    /** undefined if the air is not a room's, but recorded */
    room?: Room
    /** undefined if the server is not the simulation's own */
    server?: ServerView
    /** its address; undefined if there is none */
    serverUrl: string | undefined
}

export interface LogLine {
    /** counts from 1 */
    number: number
    atMs: number
    text: string
}

export interface SessionState {
    atMs: number
    /** times real time, 0 = paused; undefined if the clock is that of the machine */
    speed: number | undefined
    /** as CSS writes it; undefined if the board has no light */
    light: string | undefined
    pressed: string[]
    /** what a person has set, what is in force, and the air; undefined without a room */
    room: { set: RoomSettings; people: number; window: string } | undefined
    air: Air
    faults: { id: number; text: string }[]
    counts: { readings: number; acknowledged: number; lost: number }
}

export class PanelSession {
    readonly simulation: PanelSimulation
    readonly log: LogLine[] = []
    readonly #counters = newCounters()
    readonly #pressedAtMs = new Map<string, number>()
    readonly #faultIds = new Map<object, number>()
    #roomSet: RoomSettings = {}
    #speed: number
    #lines = 0

    constructor(simulation: PanelSimulation) {
        this.simulation = simulation
        this.#speed = simulation.clock instanceof VirtualClock ? simulation.clock.speed : 1
    }

    logged(text: string): void {
        this.log.push({ number: ++this.#lines, atMs: this.simulation.clock.now(), text })
        if (this.log.length > MAX_LOG_LINES) this.log.shift()
    }

    happened(event: DeviceEvent): void {
        count(this.#counters, event)
    }

    /** Presses a button, or lets it go; meanwhile time runs no faster than real time. */
    press(label: string, down: boolean): void {
        const { panel, clock, injector } = this.simulation
        if (!panel.buttons.includes(label))
            throw new AirpinError("PANEL_REQUEST_INVALID", `there is no button ${label}`)
        const now = clock.now()
        const pressedAtMs = this.#pressedAtMs.get(label)
        if (down === (pressedAtMs !== undefined)) return
        if (down) this.#pressedAtMs.set(label, now)
        else this.#pressedAtMs.delete(label)
        this.#applySpeed()
        const atMs = down ? now : Math.max(now, (pressedAtMs ?? now) + MIN_PRESS_MS)
        injector.events.enter(atMs, () => panel.press(label, down))
    }

    /** Lets every button go: the page that held them is gone. */
    releaseAll(): void {
        for (const label of [...this.#pressedAtMs.keys()]) this.press(label, false)
    }

    setRoom(settings: RoomSettings): void {
        const { room, clock } = this.simulation
        if (!room) throw new AirpinError("PANEL_REQUEST_INVALID", "the air of this simulation is recorded")
        this.#roomSet = settings
        room.set(settings, clock.now())
    }

    /** @param text as for `--fault`; @throws AirpinError as `parseFault`; FAULT_NEEDS_OWN_API, FAULT_DEVICE_UNKNOWN */
    startFault(text: string): void {
        const { injector, deviceId, server } = this.simulation
        const fault = parseFault(text)
        checkFault(fault, [deviceId], server ? undefined : "--api or --image")
        injector.startNow(fault)
    }

    endFault(id: number): void {
        const { injector } = this.simulation
        const fault = injector.liveFaults.find(each => this.#faultIds.get(each) === id)
        if (fault) injector.stop(fault)
    }

    /** @param speed times real time; 0 pauses */
    setSpeed(speed: number): void {
        if (!(this.simulation.clock instanceof VirtualClock))
            throw new AirpinError("PANEL_REQUEST_INVALID", "a server outside the simulation runs in real time")
        this.#speed = speed
        this.#applySpeed()
    }

    #applySpeed(): void {
        const { clock } = this.simulation
        if (!(clock instanceof VirtualClock)) return
        const speed = this.#pressedAtMs.size > 0 ? Math.min(this.#speed, PRESS_SPEED) : this.#speed
        if (clock.speed !== speed) clock.speed = speed
    }

    get state(): SessionState {
        const { panel, clock, room, air, injector } = this.simulation
        const atMs = clock.now()
        return {
            atMs,
            speed: clock instanceof VirtualClock ? this.#speed : undefined,
            light: panel.light && colorText(panel.light.colorAt(atMs)),
            pressed: [...this.#pressedAtMs.keys()],
            room: room && { set: this.#roomSet, ...room.useAt(atMs) },
            air: air.airAt(atMs),
            faults: injector.liveFaults.map(fault => ({ id: this.#idOf(fault), text: faultText(fault) })),
            counts: {
                readings: this.#counters.readings,
                acknowledged: acknowledgedOf(this.#counters),
                lost: Object.values(this.#counters.lostBy).reduce((sum, lost) => sum + lost, 0),
            },
        }
    }

    #idOf(fault: object): number {
        const id = this.#faultIds.get(fault) ?? this.#faultIds.size + 1
        this.#faultIds.set(fault, id)
        return id
    }
}

const colorText = ({ red, green, blue }: Color) => `rgb(${red} ${green} ${blue})`
