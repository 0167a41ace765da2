/** Runs one soak against a service of its own, and reconciles what its devices logged with what the service stored. */
import { quantities } from "../../src/wire.ts"
import type { Database } from "../api/store/database.ts"
import { bootLosses } from "../api/store/devices.ts"
import { readingPage } from "../api/store/readings.ts"
import type { Reading } from "../api/store/records.ts"
import { mainFileFor } from "../image/board-program.ts"
import { readBoard } from "../image/boards.ts"
import { buildStore } from "../image/store-image.ts"
import { type Resources, withResources } from "../resources.ts"
import { VirtualClock } from "../sim/clock.ts"
import { FaultInjector } from "../sim/faults/injector.ts"
import { sensorKinds } from "../sim/faults/kinds/sensor.ts"
import type { Fault } from "../sim/faults/kinds.ts"
import { windowsOf } from "../sim/faults/windows.ts"
import { VirtualPanel } from "../sim/panel/virtual-panel.ts"
import { type LocalService, startLocalService } from "../testbed/local-service.ts"
import { startFaultyServer } from "../testbed/sim-faults.ts"
import { buildFirmware } from "../vm/firmware.ts"
import type { BootHistory } from "./device-history.ts"
import { type Ledger, sum } from "./ledger.ts"
import type { PlannedDevice } from "./plan.ts"
import { reconcile, type SoakConditions } from "./reconciliation.ts"
import type { SoakCase } from "./soak-case.ts"
import type { FlashedDevice } from "./soak-device.ts"
import { type SoakRun, soakDevices } from "./soak-devices.ts"

/** A Monday. */
const START_MS = Date.UTC(2026, 0, 5, 8)
const DAY_MS = 86_400_000
/** Readings fetched from the store at once. */
const PAGE = 10_000

export interface DeviceResult {
    ledger: Ledger
    /** each boot, with the number of its readings */
    boots: (Omit<BootHistory, "readings"> & { readings: number })[]
}

export interface SoakResult {
    seed: number
    faults: number
    restarts: number
    watchdogResets: number
    /** the firmware made a chip panic, which must not happen */
    panics: number
    powerCuts: number
    storesLost: number
    wallSeconds: number
    /** plaintext that devices sent to a server with the wrong certificates */
    impostorBytes: number
    /** by device id */
    devices: Record<string, DeviceResult>
}

/** Counts so far, for a progress display. */
export interface SoakProgress {
    seed: number
    day: number
    readings: number
    faults: number
}

export interface SoakHooks {
    /** default: `startLocalService` of devs/testbed */
    startService?: typeof startLocalService
    /** called after each reading */
    onProgress?(progress: SoakProgress): void
}

export function runCase(soakCase: SoakCase, hooks: SoakHooks = {}): Promise<SoakResult> {
    return withResources(resources => runWith(resources, soakCase, hooks))
}

/** Everything that is wrong with a soak, one sentence each; empty if every reading is accounted for. */
export function discrepanciesOf({ devices, panics, impostorBytes }: SoakResult): string[] {
    const ofDevices = Object.entries(devices).flatMap(([id, { ledger }]) =>
        ledger.discrepancies.map(discrepancy => `${id}: ${discrepancy}`),
    )
    if (Object.values(devices).every(({ ledger }) => ledger.taken === 0)) ofDevices.push("no device took a reading")
    if (panics > 0) ofDevices.push(`${panics} chip panics`)
    if (impostorBytes > 0) ofDevices.push(`devices sent ${impostorBytes} bytes to a server with the wrong certificates`)
    return ofDevices
}

async function runWith(resources: Resources, soakCase: SoakCase, hooks: SoakHooks): Promise<SoakResult> {
    const directory = resources.temporaryFolder("soak")
    const { seed, days, devices, faults } = soakCase
    const clock = new VirtualClock(START_MS)
    const progress = { seed, day: 0, readings: 0, faults: 0 }
    const injector = new FaultInjector({
        faults,
        clock,
        seed,
        onFault: ({ state }) => state === "starts" && progress.faults++,
    })
    const service = await (hooks.startService ?? startLocalService)({
        directory,
        now: () => injector.serverNow(),
        monotonicS: () => injector.monotonicS(),
    })
    resources.add(() => service.close())
    const server = await startFaultyServer(service, directory)
    injector.server = server
    const run = await soakDevices({
        seed,
        days,
        clock,
        injector,
        bundle: service.bundle,
        devices: await Promise.all(devices.map(device => flashedDevice(device, service))),
        onReading: () => {
            progress.readings++
            progress.day = Math.min(Math.ceil(days), Math.floor((clock.now() - START_MS) / DAY_MS) + 1)
            hooks.onProgress?.(progress)
        },
    })
    return await resultOf(soakCase, run, service.db, server.impostorBytes)
}

/** A device with its settings store as `airpin flash` writes it. */
async function flashedDevice(device: PlannedDevice, service: LocalService): Promise<FlashedDevice> {
    const { id, intervalS, batch, ramReadings } = device
    const board = device.board === undefined ? undefined : await readBoard(device.board)
    const { bytecode } = await buildFirmware(mainFileFor(board))
    const settings = {
        API_URL: service.url,
        API_TOKEN: await service.tokenFor(id),
        INTERVAL_S: `${intervalS}`,
        BATCH: `${batch}`,
        RAM_READINGS: `${ramReadings}`,
    }
    const store = await buildStore({ bytecode, settings })
    return { ...device, store, ...(board && { panel: new VirtualPanel(board) }) }
}

async function resultOf(
    { seed, faults }: SoakCase,
    { summary, devices, endMs }: SoakRun,
    db: Database,
    impostorBytes: number,
): Promise<SoakResult> {
    const results: [string, DeviceResult][] = []
    for (const { planned, history } of devices) {
        const server = { readings: await readingsOf(db, planned.id), boots: await bootLosses(db.sql, planned.id) }
        const ledger = reconcile(history, server, conditionsOf(planned, faults, endMs))
        const boots = history.boots.map(boot => ({ ...boot, readings: boot.readings.length }))
        results.push([planned.id, { ledger, boots }])
    }
    return {
        seed,
        faults: faults.length,
        restarts: summary.restarts,
        watchdogResets: summary.watchdogResets,
        panics: summary.panics,
        powerCuts: summary.powerCuts,
        storesLost: sum(devices.map(({ history }) => history.storesLost)),
        wallSeconds: summary.wallSeconds,
        impostorBytes,
        devices: Object.fromEntries(results),
    }
}

async function readingsOf(db: Database, id: string): Promise<Reading[]> {
    const all: Reading[] = []
    let after: string | null | undefined
    while (after !== null) {
        const page = await readingPage(db.sql, id, { from: 0, to: Number.MAX_SAFE_INTEGER }, PAGE, after)
        all.push(...page.readings)
        after = page.next
    }
    return all
}

function conditionsOf({ id, intervalS, batch }: PlannedDevice, faults: Fault[], endMs: number): SoakConditions {
    const spans = faults
        .filter(({ devices }) => !devices || devices.includes(id))
        .flatMap(fault => windowsOf(fault, START_MS))
        .map(({ fault, fromMs, untilMs }) => ({ fault, fromS: fromMs / 1000, untilS: untilMs / 1000 }))
    return {
        intervalS,
        batch,
        quantities: quantities().map(({ name }) => name),
        endS: endMs / 1000,
        sensorFaults: spans.filter(({ fault }) => Object.hasOwn(sensorKinds, fault.kind)),
        clockFaults: spans.flatMap(({ fault, ...span }) =>
            fault.kind === "server-clock" ? [{ ...span, byS: fault.by }] : [],
        ),
    }
}
