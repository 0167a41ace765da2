/** Injects active faults into one device's network, bus and power. */
import type { TcpStream } from "../chip/connection.ts"
import type { VirtualDevice } from "../chip/device.ts"
import { connectTcp } from "../chip/network.ts"
import type { EventQueue } from "../event-queue.ts"
import { mix, Random } from "../random.ts"
import type { I2cBus } from "../sensors/i2c.ts"
import { addressOf, type PartName } from "../sensors/parts.ts"
import type { SimulatedSensor } from "../sensors/sensirion.ts"
import type { FaultyServer } from "./faulty-server.ts"
import type { AnyKind, ExchangeEffect, FaultScope, FaultTarget } from "./kind.ts"
import { heldLine } from "./kinds/sensor.ts"
import { exchangeEffect, type Fault, kindOf } from "./kinds.ts"
import type { Window } from "./windows.ts"

export interface DeviceFaultsOptions {
    id: string
    sensors: SimulatedSensor[]
    /** those that concern this device */
    faults: Fault[]
    /** faults of any kind may be added */
    live: boolean
    seed: number
    events: EventQueue
    now(): number
    /** the server's clock */
    serverNow(): number
    /** @throws if the simulation has no server of its own */
    server(): FaultyServer
    onTrigger(fault: Fault): void
}

/** A fault that holds now, with its own random numbers. */
interface ActiveFault {
    fault: Fault
    kind: AnyKind
    window: Window
    random: Random
    /** how often it was triggered */
    count: number
}

export class DeviceFaults implements FaultTarget {
    /** to be set once the device is powered up */
    device: VirtualDevice | undefined
    readonly #options: DeviceFaultsOptions
    /** whether any exchange of this device may trigger a fault */
    readonly #throughServer: boolean
    /** how many faults hold a state, by its name */
    readonly #held = new Map<string, number>()
    #activeFaults: ActiveFault[] = []

    constructor(options: DeviceFaultsOptions) {
        this.#options = options
        this.#throughServer = options.live || options.faults.some(fault => kindOf(fault).scope === "exchange")
    }

    /** Connects to the server, or to what a fault puts in its place. */
    connectTcp(host: string, port: number): TcpStream {
        const active = this.#trigger("connection")
        const { server } = this.#options
        if (active?.kind.scope === "connection") return active.kind.connect(active.fault, server, this.#options)
        return this.#throughServer
            ? server().accept(() => this.#exchangeEffect(), this.#options)
            : connectTcp(host, port)
    }

    #exchangeEffect(): ExchangeEffect | undefined {
        const active = this.#trigger("exchange")
        return active && exchangeEffect(active.fault)
    }

    /** The bus, with faults in its transfers. */
    faultyBus(bus: Pick<I2cBus, "transfer">): Pick<I2cBus, "transfer"> {
        return {
            transfer: (address, write, readLength, atMs) => {
                if (this.#isHeld(heldLine()) || this.#isHeld(heldLine(address))) return { status: 1, held: true }
                const sensor = this.#options.sensors.find(sensor => sensor.address === address)
                if (sensor) this.#spoil(sensor, readLength > 0)
                return bus.transfer(address, write, readLength, atMs)
            },
        }
    }

    #spoil(sensor: SimulatedSensor, reads: boolean): void {
        const active = this.#trigger(
            "transfer",
            ({ fault, kind }) => concerns(fault, sensor) && (reads || (kind.scope === "transfer" && !kind.readsOnly)),
        )
        if (active?.kind.scope === "transfer") active.kind.spoil(sensor)
    }

    /** The first active fault of the scope that triggers now. */
    #trigger(scope: FaultScope, applies: (active: ActiveFault) => boolean = () => true): ActiveFault | undefined {
        const active = this.#activeFaults.find(each => {
            const { fault, kind, random, count } = each
            if (kind.scope !== scope || !applies(each) || count >= (fault.times ?? Infinity)) return false
            return fault.chance === undefined || random.next() < fault.chance
        })
        if (!active) return undefined
        active.count++
        if (scope !== "transfer") this.#options.onTrigger(active.fault)
        return active
    }

    /** From now on, windows of this fault may start, if it concerns this device. */
    add(fault: Fault): void {
        if (!fault.devices || fault.devices.includes(this.#options.id)) this.#options.faults.push(fault)
    }

    start(window: Window): void {
        const { fault } = window
        const at = this.#options.faults.indexOf(fault)
        if (at < 0) return
        const kind = kindOf(fault)
        this.#activeFaults.push({ fault, kind, window, random: new Random(mix(this.#options.seed, at)), count: 0 })
        if (kind.scope === undefined) kind.start?.(fault, this, window, () => this.#options.onTrigger(fault))
        // A fault of every new connection would never trigger while an old one stays open.
        if (kind.scope === "connection" && fault.chance === undefined) this.device?.network.hangUp()
    }

    end(window: Window): void {
        const ended = this.#activeFaults.find(active => active.window === window)
        if (!ended) return
        this.#activeFaults = this.#activeFaults.filter(active => active !== ended)
        if (ended.kind.scope === undefined) ended.kind.end?.(ended.fault, this)
    }

    parts(name?: PartName): SimulatedSensor[] {
        return this.#options.sensors.filter(sensor => name === undefined || sensor.address === addressOf(name))
    }

    hold(state: string, isOn: boolean): boolean {
        const count = (this.#held.get(state) ?? 0) + (isOn ? 1 : -1)
        this.#held.set(state, count)
        return count > 0
    }

    #isHeld(state: string): boolean {
        return (this.#held.get(state) ?? 0) > 0
    }

    powerOnParts(): void {
        for (const sensor of this.#options.sensors) sensor.powerOn(this.#options.now())
    }

    now(): number {
        return this.#options.now()
    }

    schedule(atMs: number, act: () => void): void {
        this.#options.events.enter(atMs, act)
    }
}

function concerns(fault: Fault, { address }: SimulatedSensor): boolean {
    return !("sensor" in fault) || fault.sensor === undefined || addressOf(fault.sensor) === address
}
