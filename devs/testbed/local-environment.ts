/** Devices that send to an API of the simulation's own, and can be given faults of the server. */
import { pinnedText } from "../image/settings/pinned-text.ts"
import type { EnvSettings } from "../image/store-entries.ts"
import { opened } from "../resources.ts"
import type { FaultInjector } from "../sim/faults/injector.ts"
import { type LocalService, startLocalService } from "./local-service.ts"
import { fetchExport } from "./server-export.ts"
import { buildProgram, type SimEnvironment } from "./sim-environment.ts"
import { startFaultyServer } from "./sim-faults.ts"

export interface LocalEnvironmentOptions {
    /** holds the CA and the pins; created when missing */
    directory: string
    /** settings of every device; URL and token are added */
    settings: EnvSettings
    /** main file of the devices' program: `mainFileFor` in devs/image */
    mainFile: string
    injector: FaultInjector
}

/** An environment, and the service in it. */
export interface LocalEnvironment extends SimEnvironment {
    service: LocalService
}

/** Starts the service; its database is deleted when the environment is closed. */
export function openLocalEnvironment({
    directory,
    settings,
    mainFile,
    injector,
}: LocalEnvironmentOptions): Promise<LocalEnvironment> {
    return opened(async resources => {
        const databaseDirectory = resources.temporaryFolder("sim")
        const service = await startLocalService({
            directory,
            databaseDirectory,
            now: () => injector.serverNow(),
            monotonicS: () => injector.monotonicS(),
        })
        resources.add(service.close)
        if (injector.needsServer) injector.server = await startFaultyServer(service, databaseDirectory)
        const settingsFor = async (id: string) => ({
            ...settings,
            API_URL: service.url,
            API_TOKEN: await service.tokenFor(id),
            PINNED: pinnedText(service.anchors.map(({ certificate }) => certificate)),
        })
        return {
            service,
            url: service.url,
            page: service.logInUrl,
            bundle: service.bundle,
            program: () => buildProgram(mainFile, settingsFor),
            fetchRecords: (ids: string[], columns: string[]) => fetchRecords(service, ids, columns),
        }
    })
}

async function fetchRecords(service: LocalService, ids: string[], columns: string[]) {
    const { csv, stored, duplicated } = await fetchExport(service, ids, columns)
    const gaps = await Promise.all(ids.map(async id => (await service.device(id)).gap))
    const gap = gaps.reduce((sum, of) => sum + of, 0)
    return { csv, summary: { stored, duplicated, gap } }
}
