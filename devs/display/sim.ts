/** Prints a simulation: its server and trust, what its devices log, and the summary. */
import { AirpinError } from "../../certs/error.ts"
import { readName } from "../../certs/x509/name.ts"
import { quantities } from "../../src/wire.ts"
import { lossTerms, quantityTerms, termOf } from "../api/terms.ts"
import type { RecordingFacts } from "../sim/air/recording/replay.ts"
import type { DeviceEvent } from "../sim/chip/device-log.ts"
import { SIMULATOR_LOG_PREFIX } from "../sim/chip/network.ts"
import type { Clock } from "../sim/clock.ts"
import { faultText } from "../sim/faults/fault.ts"
import type { FaultNote } from "../sim/faults/injector.ts"
import { kindOf } from "../sim/faults/kinds.ts"
import type { VirtualScreen } from "../sim/panel/virtual-screen.ts"
import type { SimulatedDevice, SimulationSummary } from "../sim/simulation.ts"
import type { BootedImage } from "../testbed/image-environment.ts"
import type { LocalService } from "../testbed/local-service.ts"
import type { ServerTrust } from "../testbed/server-trust.ts"
import type { ServerSummary } from "../testbed/sim-environment.ts"
import { screenLines } from "./screen-text.ts"
import { bytesText, printable, type Terminal } from "./terminal.ts"
import { showAnchors, showChain } from "./trust.ts"
import { showVerdict } from "./verdict.ts"

export interface SimDisplayOptions {
    /** show every line of the chips' logs */
    chipLog: boolean
    /** true: show each event; false: only the progress */
    live: boolean
}

/** What is known at the end of a simulation. */
export type SimResult = SimulationSummary &
    ServerSummary & { impostorBytes?: number; bytecodeBytes: number; replay?: RecordingFacts }

export class SimDisplay {
    readonly #terminal: Terminal
    readonly #clock: Clock
    readonly #options: SimDisplayOptions
    readonly #startMs: number
    readonly #startedAtMs = performance.now()
    #readings = 0

    constructor(terminal: Terminal, clock: Clock, options: SimDisplayOptions) {
        this.#terminal = terminal
        this.#clock = clock
        this.#options = options
        this.#startMs = clock.now()
    }

    warnings(warnings: string[]): void {
        for (const warning of warnings) this.#terminal.warn(warning)
    }

    replay({ rows, startMs, endMs, stepMs }: RecordingFacts): void {
        const [start, end] = [startMs, endMs].map(ms => new Date(ms).toISOString().slice(0, 16).replace("T", " "))
        this.#terminal.line(
            "recording",
            `${rows} rows from ${start} to ${end} UTC, one every ${durationText(stepMs / 1000)}`,
        )
    }

    loadingProgram(): void {
        this.#terminal.progress("loading the program …")
    }

    built(bytecodeBytes: number, cached: boolean): void {
        this.#terminal.line(
            "firmware",
            `${bytesText(bytecodeBytes)} of bytecode, ${cached ? "unchanged since the last build" : "built now"}`,
        )
    }

    trust({ url, chain, anchors, bundle }: LocalService): void {
        this.#terminal.line("server", url)
        showChain(this.#terminal, chain)
        showAnchors(this.#terminal, anchors, bundle)
    }

    judging(): void {
        this.#terminal.progress("asking the server for its certificates …")
    }

    /**
     * Whether the device will trust its server: the chip's verdict on each chain that it may get.
     *
     * @param nextStep that makes it trust a server that it refuses
     */
    judged(trust: ServerTrust | AirpinError, anchorCount: number, nextStep: string): void {
        if (trust instanceof AirpinError) {
            const isRefused = trust.code === "DEVICE_HANDSHAKE_FAILED"
            const what = isRefused
                ? "the device will refuse the server"
                : "whether the server is trusted is not known yet"
            this.#terminal.warn(`${what}: ${trust.message}; next: ${trust.nextStep}`)
            return
        }
        for (const { addresses, presented, verdict } of trust.chains) {
            if (trust.chains.length > 1) this.#terminal.line("at", addresses.join(", "))
            showVerdict(this.#terminal, presented, verdict, anchorCount)
        }
        if (trust.chains.some(({ verdict }) => !verdict.accepted)) this.#terminal.line("next", nextStep)
        this.warnings(trust.warnings)
    }

    image({ file, board, ssid, url, anchors, bytecodeBytes, refusedSettings }: BootedImage): void {
        const terminal = this.#terminal
        terminal.line("image", file)
        for (const [label, text] of Object.entries({ board: board?.devName, network: ssid, server: url }))
            terminal.line(label, printable(text ?? "none"))
        for (const [at, { subjectDer }] of anchors.entries())
            terminal.line(at === 0 ? "trusts" : "", readName(subjectDer))
        terminal.line("firmware", `${bytesText(bytecodeBytes)} of bytecode, from the image`)
        for (const refused of refusedSettings) terminal.warn(refused)
        if (!board) terminal.warn("the image has no board configuration: a real device would not know its GPIO pins")
        if (ssid === undefined)
            terminal.warn(
                "the image has no Wi-Fi network: a real device would stay offline, the simulated one does not",
            )
    }

    /** @param page what to open in a browser */
    started(page: string | undefined): void {
        if (page) this.#terminal.line("page", this.#terminal.paint("underline", printable(page)))
        if (!this.#options.live) return
        this.#terminal.line("", "press Ctrl-C to stop")
        this.#terminal.blank()
    }

    /** @param url of the page of --panel */
    panelPage(url: string): void {
        this.#terminal.line("panel", this.#terminal.paint("underline", url))
        if (this.#terminal.json) this.#terminal.warn(`the panel is at ${url}`)
    }

    /** The screen of the first device, small; at most four times a second. */
    screen(screen: VirtualScreen): void {
        this.#terminal.picture(`${screen.revision}`, colors => screenLines(screen, colors))
    }

    /** A picture that was written. */
    written(file: string, width: number, height: number, sizeBytes: number): void {
        this.#terminal.line("written", `${file}: ${width} × ${height} pixels, ${bytesText(sizeBytes)}`)
    }

    event(device: SimulatedDevice, event: DeviceEvent): void {
        if (event.event === "reading") this.#readings++
        if (!this.#options.live) {
            this.#progress()
            return
        }
        const text = eventText(event)
        if (text) this.#terminal.line(this.#time(), `${device.id}  ${this.#painted(event, text)}`)
    }

    /** Each start and end of a fault; each connection and exchange that triggers it only in the live view. */
    fault({ fault, state, device }: FaultNote): void {
        if (!this.#options.live && state === "triggers" && kindOf(fault).scope) return
        this.#terminal.line(
            this.#time(),
            this.#terminal.paint("yellow", `fault ${state}${device ? ` ${device}` : ""}: ${faultText(fault)}`),
        )
    }

    log(device: SimulatedDevice, line: string): void {
        if (line.startsWith(SIMULATOR_LOG_PREFIX))
            this.#terminal.warn(`${device.id}  ${line.slice(SIMULATOR_LOG_PREFIX.length)}`)
        if (this.#options.chipLog)
            this.#terminal.line(this.#time(), this.#terminal.paint("dim", `${device.id}  ${line}`))
    }

    summary(result: SimResult): void {
        const terminal = this.#terminal
        const speed = result.simulatedSeconds / result.wallSeconds
        terminal.blank()
        terminal.line(
            "readings",
            `${result.readings} taken, ${result.acknowledged} acknowledged, ${result.lost} lost, ${result.duplicated ?? 0} duplicated`,
        )
        if (result.replay) terminal.line("missing", missingText(result.replay))
        if (result.lost > 0) terminal.line("lost", lossesText(result.lostBy))
        if (result.restarts + result.watchdogResets + result.panics + result.powerCuts > 0)
            terminal.line("restarts", restartsText(result))
        if (result.impostorBytes !== undefined)
            terminal.line("impostor", `${result.impostorBytes} bytes of plaintext sent to the impostor`)
        const bytes = result.bytesUp + result.bytesDown
        const each = result.acknowledged ? `, ${(bytes / result.acknowledged).toFixed(1)} B per reading` : ""
        terminal.line(
            "wire",
            `${bytesText(result.bytesUp)} up, ${bytesText(result.bytesDown)} down, ${result.handshakes} TLS ${result.handshakes === 1 ? "handshake" : "handshakes"}${each}`,
        )
        const heap = result.heapPeakBytes > 0 ? `${bytesText(result.heapPeakBytes)} of heap at its peak, ` : ""
        terminal.line("chip", `${heap}${bytesText(result.bytecodeBytes)} of bytecode`)
        terminal.line(
            "time",
            `${durationText(result.simulatedSeconds)} simulated in ${result.wallSeconds.toFixed(1)} s: ${speed.toFixed(0)} times real time`,
        )
    }

    #progress(): void {
        const simulatedS = (this.#clock.now() - this.#startMs) / 1000
        const speed = simulatedS / ((performance.now() - this.#startedAtMs) / 1000)
        this.#terminal.progress(
            `${new Date(this.#clock.now()).toISOString().slice(0, 16)}  ${durationText(simulatedS)}  ${this.#readings} readings  ${speed.toFixed(0)} times real time`,
        )
    }

    #time(): string {
        return new Date(this.#clock.now()).toTimeString().slice(0, 8)
    }

    #painted({ event, values }: DeviceEvent, text: string): string {
        if (event === "ack") return this.#terminal.paint("green", text)
        if (event === "lost" || ["refused", "broken", "unauthorised", "rejected"].includes(values.state ?? ""))
            return this.#terminal.paint("red", text)
        return event === "reading" ? text : this.#terminal.paint("dim", text)
    }
}

/** How much of a recording is missing. */
function missingText({ startMs, endMs, missingMs, gaps, emptyCells }: RecordingFacts): string {
    const [missing, all] = [missingMs, endMs - startMs].map(ms => durationText(ms / 1000))
    const count = (n: number, thing: string) => `${n} ${thing}${n === 1 ? "" : "s"}`
    return missingMs + emptyCells === 0
        ? "nothing: the recording has no gap and no empty cell"
        : `${missing} of ${all} without air: ${count(gaps, "gap")}, ${count(emptyCells, "empty cell")}`
}

function lossesText(lostBy: Record<string, number>): string {
    return Object.entries(lostBy)
        .map(([reason, lost]) => `${lost} ${termOf(lossTerms, reason)}`)
        .join(", ")
}

function restartsText({ restarts, watchdogResets, panics, powerCuts, gap }: SimulationSummary & ServerSummary): string {
    const counted = gap === undefined ? "" : `, ${gap} intervals without a reading around them by the devices' count`
    const resets = watchdogResets > 0 ? `, ${watchdogResets} by the task watchdog` : ""
    const crashes = panics > 0 ? `, ${panics} by a chip panic` : ""
    return `${restarts} by the firmware${resets}${crashes}, ${powerCuts} power ${powerCuts === 1 ? "cut" : "cuts"}${counted}`
}

/** One log event in words; undefined for events that are not shown. */
function eventText({ event, values }: DeviceEvent): string | undefined {
    switch (event) {
        case "boot":
            return `started: a reading every ${values.interval} s, ${values.batch} per post`
        case "sensor":
            return sensorText(values)
        case "reading":
            return `#${values.seq}  ${quantitiesText(values)}`
        case "ack":
            return `#${values.seq}  ✓ acknowledged up to here`
        case "lost":
            return `${values.total} readings lost so far, the last one ${termOf(lossTerms, values.reason ?? "")}`
        case "uplink":
            return uplinkText(values)
        default:
            return undefined
    }
}

/**
 * Errors, results of a recalibration and states; not "starting", which another state follows at once,
 * and no successes.
 */
function sensorText({
    name,
    state,
    error,
    count,
    selftest,
    recalibration,
    correction,
}: Record<string, string>): string | undefined {
    if (error) return `${name}  ${error}, ${count} so far`
    if (recalibration) return `${name}  recalibration ${recalibration}${correction ? `, ${correction} ppm` : ""}`
    if (selftest === "failed") return `${name}  self-test failed`
    return state === undefined || state === "starting" ? undefined : `${name}  ${state}`
}

function quantitiesText(values: Record<string, string>): string {
    const measured = quantities().filter(({ name }) => values[name] !== undefined)
    return measured
        .map(({ name }) => `${quantityTerms[name].label} ${values[name]} ${quantityTerms[name].unit}`)
        .join("   ")
}

/** States of the uplink other than those of every successful post. */
function uplinkText({ state, reason }: Record<string, string>): string | undefined {
    if (state === "idle" || state === "sending" || state === "ok") return undefined
    return `uplink ${state}${reason ? `: ${reason}` : ""}`
}

function durationText(seconds: number): string {
    const hours = seconds / 3600
    return hours >= 1 ? `${hours.toFixed(1)} h` : `${Math.round(seconds)} s`
}
