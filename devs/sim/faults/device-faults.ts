/** What stands between one device and the world while faults are played. */

import type { TcpStream } from "../chip/connection.ts"
import type { VirtualDevice } from "../chip/device.ts"
import { FlashCut } from "../chip/flash-operations.ts"
import { connectTcp } from "../chip/network.ts"
import type { EventQueue } from "../event-queue.ts"
import { mix, Random } from "../random.ts"
import type { I2cBus } from "../sensors/i2c.ts"
import type { SimulatedSensor } from "../sensors/sensirion.ts"
import type { Fault } from "./fault.ts"
import type { FaultyServer } from "./faulty-server.ts"
import { type FaultScope, findKind, partAddresses } from "./kinds.ts"
import { noPeer, silentPeer } from "./memory-socket.ts"
import type { Window } from "./windows.ts"

export interface DeviceFaultsOptions {
    id: string
    sensors: SimulatedSensor[]
    /** those that concern this device */
    faults: Fault[]
    seed: number
    events: EventQueue
    now(): number
    serverNow(): number
    server(): FaultyServer | undefined
    onTrigger(fault: Fault): void
}

/** A fault in force, with its own random numbers. */
interface ActiveFault {
    window: Window
    random: Random
    triggered: number
}

export class DeviceFaults {
    /** the device, once it is switched on */
    device: VirtualDevice | undefined
    readonly #options: DeviceFaultsOptions
    /** true: any exchange of this device may be struck */
    readonly #throughServer: boolean
    #activeFaults: ActiveFault[] = []

    constructor(options: DeviceFaultsOptions) {
        this.#options = options
        this.#throughServer = options.faults.some(({ kind }) => findKind(kind)!.scope === "exchange")
    }

    /** TCP, or what a fault makes of it. */
    connectTcp(host: string, port: number): TcpStream {
        const fault = this.#trigger("connection")
        if (fault?.kind === "dns-fail") return noPeer("getaddrinfo")
        if (fault?.kind === "connect-refused") return noPeer("connect")
        if (fault?.kind === "connect-silent") return silentPeer()
        const server = this.#options.server()
        if (fault?.kind === "tls-stall") return server!.stall(fault.after ?? "hello")
        if (fault?.kind === "tls-impostor") return server!.acceptAsImpostor()
        return this.#throughServer
            ? server!.accept(() => this.#trigger("exchange"), this.#options)
            : connectTcp(host, port)
    }

    /** The bus, and what a fault makes of its transfers. */
    faultyBus(bus: Pick<I2cBus, "transfer">): Pick<I2cBus, "transfer"> {
        return {
            transfer: (address, write, readLength, atMs) => {
                const sensor = this.#options.sensors.find(sensor => sensor.address === address)
                if (sensor) this.#triggerOnTransfer(sensor, readLength > 0)
                return bus.transfer(address, write, readLength, atMs)
            },
        }
    }

    #triggerOnTransfer(sensor: SimulatedSensor, reads: boolean): void {
        const fault = this.#trigger(
            "transfer",
            fault => affects(fault, sensor) && (reads || fault.kind === "sensor-nack"),
        )
        if (fault?.kind === "sensor-nack") sensor.faults.nackNext = 1
        if (fault?.kind === "sensor-crc") sensor.faults.corruptNextCrc = 1
    }

    /** The first of those in force that hits. */
    #trigger(scope: FaultScope, concerns: (fault: Fault) => boolean = () => true): Fault | undefined {
        const activeFault = this.#activeFaults.find(({ window: { effect, fault }, random, triggered }) => {
            if (findKind(effect)!.scope !== scope || !concerns(fault) || triggered >= (fault.times ?? Infinity))
                return false
            return fault.chance === undefined || random.next() < fault.chance
        })
        if (!activeFault) return undefined
        activeFault.triggered++
        if (scope !== "transfer") this.#options.onTrigger(activeFault.window.fault)
        return activeFault.window.fault
    }

    start(window: Window): void {
        const at = this.#options.faults.indexOf(window.fault)
        if (at < 0) return
        this.#activeFaults.push({ window, random: new Random(mix(this.#options.seed, at)), triggered: 0 })
        this.#change(window)
        if (window.effect === "wifi-off") this.device?.network.sever()
        if (window.effect === "power-cut") this.device?.cutPower(window.untilMs)
        if (window.effect === "flash-cut") this.#cutInFlash(window.fault)
        // What triggered every connection would never strike the one that stands.
        if (findKind(window.effect)!.scope === "connection" && window.fault.chance === undefined)
            this.device?.network.hangUp()
    }

    end(window: Window): void {
        const before = this.#activeFaults.length
        this.#activeFaults = this.#activeFaults.filter(activeFault => activeFault.window !== window)
        if (this.#activeFaults.length === before) return
        this.#change(window)
        if (window.effect === "power-cut") this.#repowerSensors()
    }

    /** A state holds as long as any window says so. */
    #change({ effect, fault }: Window): void {
        if (effect === "wifi-off" && this.device) this.device.network.available = !this.#holds("wifi-off")
        if (effect !== "sensor-stuck" && effect !== "sensor-unplugged") return
        for (const sensor of this.#options.sensors.filter(sensor => affects(fault, sensor)))
            sensor.faults[effect === "sensor-stuck" ? "stuck" : "unplugged"] = this.#holds(effect, sensor)
    }

    #holds(effect: Window["effect"], sensor?: SimulatedSensor): boolean {
        return this.#activeFaults.some(
            ({ window }) => window.effect === effect && (!sensor || affects(window.fault, sensor)),
        )
    }

    #cutInFlash(fault: Fault): void {
        const { operation, written = 0, for: seconds } = fault
        const { events, now, onTrigger } = this.#options
        this.device?.cutPowerIn(new FlashCut(operation!, written), () => {
            onTrigger(fault)
            const backMs = now() + 1000 * seconds!
            this.device!.cutPower(backMs)
            events.enter(backMs, () => this.#repowerSensors())
        })
    }

    /** The parts hang on the same supply as the chip. */
    #repowerSensors(): void {
        for (const sensor of this.#options.sensors) sensor.powerOn(this.#options.now())
    }
}

function affects({ sensor }: Fault, { address }: SimulatedSensor): boolean {
    return sensor === undefined || partAddresses[sensor] === address
}
