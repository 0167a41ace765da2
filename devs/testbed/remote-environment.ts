/** Devices that send to a server outside the simulation, trusted by the anchors pinned for it. */
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { readLock } from "../../certs/lock.ts"
import type { EnvSettings } from "../image/store-entries.ts"
import { buildProgram, type SimEnvironment } from "./sim-environment.ts"

export interface RemoteEnvironmentOptions {
    url: string
    token: string
    /** folder of the pinned anchors */
    pinned: string
    /** settings of every device; URL and token are added */
    settings: EnvSettings
}

/** @throws AirpinError as `readLock` */
export async function openRemoteEnvironment({
    url,
    token,
    pinned,
    settings,
}: RemoteEnvironmentOptions): Promise<SimEnvironment> {
    const { anchors } = await readLock(pinned)
    return {
        url,
        bundle: encodeBundle(anchors.map(anchor => anchor.certificate)),
        program: () => buildProgram(() => ({ ...settings, API_URL: url, API_TOKEN: token })),
        fetchRecords: async () => ({ summary: {} }),
        close: async () => undefined,
    }
}
