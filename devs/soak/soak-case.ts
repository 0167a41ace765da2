/** One soak: a service of its own, devices with everything going wrong, and the reckoning. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { quantities } from "../../src/wire.ts"
import type { Reading } from "../api/store/records.ts"
import type { Store } from "../api/store/store.ts"
import { buildStore } from "../image/store-image.ts"
import { VirtualClock } from "../sim/clock.ts"
import { FaultInjector } from "../sim/faults/injector.ts"
import type { Fault } from "../sim/faults/kinds.ts"
import { windowsOf } from "../sim/faults/windows.ts"
import { type LocalService, startLocalService } from "../testbed/local-service.ts"
import { startFaultyServer } from "../testbed/sim-faults.ts"
import { buildFirmware } from "../vm/firmware.ts"
import type { BootHistory } from "./device-history.ts"
import { type PlannedDevice, planDevices, planFaults } from "./plan.ts"
import { type Circumstances, type Ledger, reconcile } from "./reconciliation.ts"
import { type SoakRun, soakDevices } from "./soak-devices.ts"

/** A Monday. */
const START_MS = Date.UTC(2026, 0, 5, 8)
const PAGE = 10_000

/** All that decides what happens in a soak. */
export interface SoakCase {
    seed: number
    days: number
    devices: PlannedDevice[]
    faults: Fault[]
}

export interface DeviceResult {
    ledger: Ledger
    /** each start of its program without its readings */
    boots: (Omit<BootHistory, "readings"> & { readings: number })[]
}

export interface SoakResult {
    seed: number
    faults: number
    restarts: number
    powerCuts: number
    storesLost: number
    wallSeconds: number
    /** plaintext that devices sent to a server with the wrong certificates */
    impostorBytes: number
    devices: Record<string, DeviceResult>
}

/** What is shown while it runs. */
export interface SoakProgress {
    seed: number
    day: number
    readings: number
    faults: number
}

export interface SoakHooks {
    /** absent: the service as it is */
    startService?: typeof startLocalService
    onProgress?(progress: SoakProgress): void
}

/** What the seeds of a soak have in common. */
export interface SoakScale {
    days: number
    devices: number
    /** faults are so many times as close as in life */
    faultDensity: number
}

/** The case that a seed stands for. */
export function planCase(seed: number, { days, devices: deviceCount, faultDensity }: SoakScale): SoakCase {
    const devices = planDevices(seed, deviceCount)
    return { seed, days, devices, faults: planFaults(seed, days, devices, faultDensity) }
}

export async function runCase(toRun: SoakCase, hooks: SoakHooks = {}): Promise<SoakResult> {
    const directory = await mkdtemp(path.join(tmpdir(), "airpin-soak-"))
    try {
        return await runIn(directory, toRun, hooks)
    } finally {
        await rm(directory, { recursive: true, force: true })
    }
}

async function runIn(
    directory: string,
    { seed, days, devices, faults }: SoakCase,
    hooks: SoakHooks,
): Promise<SoakResult> {
    const clock = new VirtualClock(START_MS)
    const progress = { seed, day: 0, readings: 0, faults: 0 }
    const injector = new FaultInjector({
        faults,
        clock,
        seed,
        onFault: ({ state }) => state === "starts" && progress.faults++,
    })
    const service = await (hooks.startService ?? startLocalService)({ directory, now: () => injector.serverNow() })
    try {
        injector.server = await startFaultyServer(service, directory)
        const run = await soakDevices({
            seed,
            days,
            clock,
            injector,
            bundle: service.bundle,
            devices: await Promise.all(
                devices.map(async device => ({ ...device, store: await storeOf(device, service) })),
            ),
            onReading: () => {
                progress.readings++
                progress.day = Math.min(Math.ceil(days), Math.floor((clock.now() - START_MS) / 86_400_000) + 1)
                hooks.onProgress?.(progress)
            },
        })
        return result({ seed, devices, faults, days }, run, service.store, injector.server.impostorBytes)
    } finally {
        await service.close()
    }
}

/** The flash of a device, as its owner has written it. */
async function storeOf(
    { id, intervalS, batch, ramReadings }: PlannedDevice,
    service: LocalService,
): Promise<Uint8Array> {
    const { bytecode } = await buildFirmware()
    const settings = {
        API_URL: service.url,
        API_TOKEN: service.tokenFor(id),
        INTERVAL_S: `${intervalS}`,
        BATCH: `${batch}`,
        RAM_READINGS: `${ramReadings}`,
    }
    return buildStore({ bytecode, settings })
}

function result(
    { seed, devices, faults }: SoakCase,
    { summary, histories, endMs }: SoakRun,
    store: Store,
    impostorBytes: number,
): SoakResult {
    const ledgers = devices.map((device): [string, DeviceResult] => {
        const history = histories.get(device.id)!
        const server = { readings: readingsOf(store, device.id), boots: store.bootLosses(device.id) }
        const ledger = reconcile(history, server, circumstances(device, faults, endMs))
        return [
            device.id,
            { ledger, boots: history.boots.map(start => ({ ...start, readings: start.readings.length })) },
        ]
    })
    return {
        seed,
        faults: faults.length,
        restarts: summary.restarts,
        powerCuts: summary.powerCuts,
        storesLost: devices.reduce((lost, { id }) => lost + histories.get(id)!.storesLost, 0),
        wallSeconds: summary.wallSeconds,
        impostorBytes,
        devices: Object.fromEntries(ledgers),
    }
}

function readingsOf(store: Store, id: string): Reading[] {
    const all: Reading[] = []
    let after: string | null | undefined
    while (after !== null) {
        const page = store.readings(id, { from: 0, to: Number.MAX_SAFE_INTEGER }, PAGE, after)
        all.push(...page.readings)
        after = page.next
    }
    return all
}

function circumstances({ id, intervalS, batch }: PlannedDevice, faults: Fault[], endMs: number): Circumstances {
    const windows = faults
        .filter(({ devices }) => !devices || devices.includes(id))
        .flatMap(fault => windowsOf(fault, START_MS))
    const spans = windows.map(({ fault, fromMs, untilMs }) => ({ fault, fromS: fromMs / 1000, untilS: untilMs / 1000 }))
    return {
        intervalS,
        batch,
        quantities: quantities.map(({ name }) => name),
        endS: endMs / 1000,
        sensorTrouble: spans.filter(({ fault }) => fault.kind.startsWith("sensor-")),
        clockTrouble: spans.flatMap(({ fault, ...span }) =>
            fault.kind === "server-clock" ? [{ ...span, byS: fault.by }] : [],
        ),
    }
}
