/** Runs a scenario against an API of its own, and balances the devices' books with what the server has. */
import { mainFileFor } from "../image/board-program.ts"
import { pinnedText } from "../image/settings/pinned-text.ts"
import type { Resources } from "../resources.ts"
import { sumByReason } from "../sim/counters.ts"
import { Fleet } from "../sim/fleet/fleet.ts"
import type { FleetDevicePlan, FleetDeviceResult, FleetPlan, FleetProgress } from "../sim/fleet/plan.ts"
import { mix } from "../sim/random.ts"
import { buildFirmware } from "../vm/firmware.ts"
import { planRotation, repinOf, trustDiscrepancies } from "./fleet-rotation.ts"
import { type LocalService, startLocalService } from "./local-service.ts"
import type { Scenario } from "./scenario.ts"

/** A Monday, 0:00 UTC, which is the local time of the rooms. */
const MONDAY_MS = Date.UTC(2026, 0, 5)
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** A device gives a hung connection up after an hour. */
const LONGEST_PAUSE_MS = HOUR_MS

export interface FleetRunOptions {
    scenario: Scenario
    seed: number
    /** number of worker threads; as many as the machine has cores, if absent */
    threads?: number | undefined
    /** holds the CA and the pins; created when missing */
    directory: string
    /** called every simulated minute */
    onProgress?(progress: FleetReport): void
    /** true: it ends early, and delivers what is held */
    stopped?(): boolean
}

/** What is known while a fleet runs. */
export interface FleetReport extends Omit<FleetProgress, "responseMs"> {
    devices: number
    simulatedSeconds: number
    wallSeconds: number
    /** of the last simulated minute, real milliseconds; 0 without a response */
    responseP99Ms: number
    /** resident memory of the whole process */
    residentBytes: number
}

/** What one device did, and what the server has of it. */
export interface FleetDeviceBooks extends FleetDeviceResult {
    stored: number
    lost: number
    /** taken, but neither on the server nor counted as lost: only in RAM when the power failed */
    onlyInRam: number
}

export interface FleetOutcome {
    scenario: string
    seed: number
    threads: number
    devices: number
    simulatedSeconds: number
    wallSeconds: number
    /** simulated seconds of all devices per real second */
    speed: number
    taken: number
    stored: number
    lost: number
    lostBy: Record<string, number>
    onlyInRam: number
    /** one sentence for each device whose books do not balance */
    discrepancies: string[]
    restarts: number
    panics: number
    powerCuts: number
    handshakes: number
    /** connections that the devices refused, and how many devices did */
    refusals: number
    refusing: number
    bytesUp: number
    bytesDown: number
    /** responses by HTTP status */
    statuses: Record<string, number>
    /** the most that one device was refused for load (429, 503) */
    mostRefusedForLoad: number
    /** all waits for a response, real milliseconds */
    responseMs: { p50: number; p99: number; max: number }
    /** the highest 99th percentile of a simulated minute with at least 100 responses, real milliseconds */
    worstMinuteP99Ms: number
    /** after power cuts: seconds until the server took a batch of half, of 99 % and of all devices again */
    backAfterS?: { half: number; most: number; all: number }
    peakResidentBytes: number
    /** peak memory for each device, without what the process took before there was one */
    bytesPerDevice: number
    books: FleetDeviceBooks[]
}

export async function runFleet(resources: Resources, options: FleetRunOptions): Promise<FleetOutcome> {
    const { scenario, seed, directory, threads } = options
    const startMs = MONDAY_MS + scenario.startHour * HOUR_MS
    let fleet: Fleet | undefined
    const now = () => fleet?.now() ?? startMs
    const service = await startLocalService({
        directory,
        databaseDirectory: resources.temporaryFolder("fleet"),
        now,
        monotonicS: () => now() / 1000,
    })
    resources.add(() => service.close())
    const { bytecode } = await buildFirmware(mainFileFor(undefined))
    const rotation = await planRotation(scenario, service, directory, startMs)
    const plan: FleetPlan = {
        startMs,
        startHour: scenario.startHour,
        bytecode,
        bundle: service.bundle,
        devices: await plannedDevices(scenario, seed, startMs, service),
        ...(rotation && { rotation: { atMs: rotation.atMs, bundle: rotation.bundle } }),
    }
    const recorder = new Recorder()
    fleet = new Fleet(plan, threads)
    resources.add(() => fleet?.close())
    const endMs = startMs + MINUTE_MS * Math.ceil((1000 * scenario.for) / MINUTE_MS)
    const isOver = async () => {
        if (now() === rotation?.atMs) rotation.begin()
        return now() >= endMs || options.stopped?.() === true
    }
    await runUntil(fleet, endMs, recorder, options, isOver)
    await fleet.endMeasuring()
    await runUntil(fleet, Infinity, recorder, options, deliveryEnd(service, now))
    const simulatedSeconds = (now() - startMs) / 1000
    const results = await fleet.finish()
    const { wallSeconds, usedBytes, ...recorded } = recorder.outcome()
    return {
        ...totalsOf(booksOf(results, await storedOf(service)), plan),
        ...recorded,
        scenario: scenario.title,
        seed,
        threads: fleet.threads,
        devices: scenario.devices,
        simulatedSeconds,
        wallSeconds,
        speed: (simulatedSeconds * scenario.devices) / wallSeconds,
        bytesPerDevice: usedBytes / scenario.devices,
    }
}

/** Readings on the server, by device id. A reading is stored once at most: device, boot and number are its key. */
async function storedOf({ db }: LocalService): Promise<Map<string, number>> {
    const rows = await db.sql
        .selectFrom("readings")
        .innerJoin("devices", "devices.key", "readings.device")
        .groupBy("devices.id")
        .select(({ fn }) => ["devices.id", fn.countAll<number>().as("count")])
        .execute()
    return new Map(rows.map(({ id, count }) => [id, Number(count)]))
}

async function storedInAll(service: LocalService): Promise<number> {
    return [...(await storedOf(service)).values()].reduce((sum, count) => sum + count, 0)
}

function booksOf(results: FleetDeviceResult[], stored: Map<string, number>): FleetDeviceBooks[] {
    return results.map(result => {
        const lost = sumOf(Object.values(result.lostBy))
        const known = stored.get(result.id) ?? 0
        return { ...result, stored: known, lost, onlyInRam: result.taken - known - lost }
    })
}

/** Only a power cut may leave a reading neither stored nor counted, and nothing may leave one too many. */
function discrepancyOf({ id, taken, stored, lost, onlyInRam, powerCuts, panics }: FleetDeviceBooks): string[] {
    const sums = `${taken} readings taken, ${stored} stored, ${lost} counted as lost`
    if (panics > 0) return [`${id}: the chip panicked ${panics} times; ${sums}`]
    return onlyInRam === 0 || (onlyInRam > 0 && powerCuts > 0) ? [] : [`${id}: ${sums}`]
}

function totalsOf(books: FleetDeviceBooks[], { devices, rotation }: FleetPlan) {
    const sum = (of: (each: FleetDeviceBooks) => number) => sumOf(books.map(of))
    const back = books.flatMap(({ backAfterS }) => backAfterS)
    const cut = devices.filter(({ faults }) => faults.some(({ kind }) => kind === "power-cut")).length
    return {
        taken: sum(({ taken }) => taken),
        stored: sum(({ stored }) => stored),
        lost: sum(({ lost }) => lost),
        lostBy: sumByReason(books.map(({ lostBy }) => lostBy)),
        onlyInRam: sum(({ onlyInRam }) => onlyInRam),
        discrepancies: [...books.flatMap(discrepancyOf), ...trustDiscrepancies(books, devices, rotation)],
        refusing: books.filter(({ refusals }) => refusals > 0).length,
        restarts: sum(({ restarts }) => restarts),
        panics: sum(({ panics }) => panics),
        powerCuts: sum(({ powerCuts }) => powerCuts),
        handshakes: sum(({ handshakes }) => handshakes),
        refusals: sum(({ refusals }) => refusals),
        bytesUp: sum(({ bytesUp }) => bytesUp),
        bytesDown: sum(({ bytesDown }) => bytesDown),
        statuses: sumByReason(books.map(({ statuses }) => statuses)),
        mostRefusedForLoad: Math.max(0, ...books.map(({ statuses }) => (statuses[429] ?? 0) + (statuses[503] ?? 0))),
        ...(cut > 0 &&
            back.length >= cut && {
                backAfterS: { half: percentile(back, 0.5), most: percentile(back, 0.99), all: percentile(back, 1) },
            }),
        books,
    }
}

function sumOf(values: number[]): number {
    return values.reduce((sum, value) => sum + value, 0)
}

/** True once everything is stored or lost, or nothing was delivered for as long as the longest pause of a device. */
function deliveryEnd(service: LocalService, now: () => number): (report: FleetReport) => Promise<boolean> {
    let stored = -1
    let deliveredAtMs = now()
    return async ({ taken, lost }) => {
        const before = stored
        stored = await storedInAll(service)
        if (stored !== before) deliveredAtMs = now()
        return taken <= lost + stored || now() - deliveredAtMs >= LONGEST_PAUSE_MS
    }
}

/** The devices of a scenario, registered at the service. */
async function plannedDevices(
    scenario: Scenario,
    seed: number,
    startMs: number,
    service: LocalService,
): Promise<FleetDevicePlan[]> {
    const { devices: count, room, sensors, settings } = scenario
    const width = `${count}`.length
    const pinned = pinnedText(service.anchors.map(({ certificate }) => certificate))
    const devices: FleetDevicePlan[] = []
    for (let at = 0; at < count; at++) {
        const id = `air-${`${at + 1}`.padStart(width, "0")}`
        const afterS = startOf(scenario, at)
        devices.push({
            id,
            seed: mix(seed, at),
            startMs: startMs + Math.round(1000 * afterS),
            room,
            sensors,
            chip: "esp32",
            settings: { ...settings, API_URL: service.url, API_TOKEN: await service.tokenFor(id), PINNED: pinned },
            ...repinOf(scenario, at, startMs),
            faults: scenario.faults
                .filter(({ share }) => at < share * count)
                .map(({ fault }) => ({ ...fault, at: Math.max(0, (fault.at ?? 0) - afterS) })),
        })
    }
    return devices
}

/** Seconds after the start of the scenario at which its device number `at` is plugged in. The last step has them all. */
export function startOf({ devices, steps, boots }: Scenario, at: number): number {
    const joined = steps.length === 0 ? [{ at: 0, devices }] : steps.with(-1, { at: steps.at(-1)?.at ?? 0, devices })
    const step = joined.find(step => at < step.devices) ?? { at: 0, devices }
    const before = Math.max(0, ...joined.map(other => other.devices).filter(count => count < step.devices))
    return step.at + (boots * (at - before)) / (step.devices - before)
}

async function runUntil(
    fleet: Fleet,
    endMs: number,
    recorder: Recorder,
    { scenario, onProgress }: FleetRunOptions,
    isDone: (report: FleetReport) => Promise<boolean>,
): Promise<void> {
    for (;;) {
        await fleet.runUntil(fleet.now() + MINUTE_MS, endMs)
        const { responseMs, ...progress } = await fleet.progress()
        recorder.minute(responseMs)
        const report = {
            ...progress,
            devices: scenario.devices,
            simulatedSeconds: (fleet.now() - MONDAY_MS) / 1000 - scenario.startHour * 3600,
            wallSeconds: recorder.wallSeconds,
            responseP99Ms: percentile(responseMs, 0.99),
            residentBytes: recorder.residentBytes,
        }
        onProgress?.(report)
        if (await isDone(report)) return
    }
}

/** Keeps the waits for responses, and the memory. */
class Recorder {
    readonly #startedAtMs = performance.now()
    readonly #responseMs: number[] = []
    #worstMinuteP99Ms = 0
    #peakResidentBytes = 0
    readonly #baseBytes = process.memoryUsage.rss()
    residentBytes = 0

    get wallSeconds(): number {
        return (performance.now() - this.#startedAtMs) / 1000
    }

    minute(responseMs: number[]): void {
        for (const each of responseMs) this.#responseMs.push(each)
        if (responseMs.length >= 100)
            this.#worstMinuteP99Ms = Math.max(this.#worstMinuteP99Ms, percentile(responseMs, 0.99))
        this.residentBytes = process.memoryUsage.rss()
        this.#peakResidentBytes = Math.max(this.#peakResidentBytes, this.residentBytes)
    }

    outcome() {
        const all = this.#responseMs
        return {
            wallSeconds: this.wallSeconds,
            responseMs: { p50: percentile(all, 0.5), p99: percentile(all, 0.99), max: percentile(all, 1) },
            worstMinuteP99Ms: this.#worstMinuteP99Ms,
            peakResidentBytes: this.#peakResidentBytes,
            usedBytes: this.#peakResidentBytes - this.#baseBytes,
        }
    }
}

/** The value below or at which this share of the values lies; 0 of none. */
export function percentile(values: number[], share: number): number {
    const sorted = Float64Array.from(values).sort()
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}
