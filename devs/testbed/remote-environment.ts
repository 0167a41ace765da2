/** Devices that send to a server outside the simulation, trusted by the anchors pinned for it. */
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { readLock } from "../../certs/lock.ts"
import { refusalOf } from "../image/settings/setting-rules.ts"
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

/** @throws AirpinError SETTING_INVALID for an address or a token that the device would not use; as `readLock` */
export async function openRemoteEnvironment({
    url,
    token,
    pinned,
    settings,
}: RemoteEnvironmentOptions): Promise<SimEnvironment> {
    requireUsable("--api", "API_URL", url)
    requireUsable("--token", "API_TOKEN", token)
    const { anchors } = await readLock(pinned)
    return {
        url,
        bundle: encodeBundle(anchors.map(anchor => anchor.certificate)),
        anchorCount: anchors.length,
        program: () => buildProgram(() => ({ ...settings, API_URL: url, API_TOKEN: token })),
        fetchRecords: async () => ({ summary: {} }),
        close: async () => undefined,
    }
}

function requireUsable(option: string, name: string, value: string): void {
    const refusal = refusalOf(name, value)
    if (refusal) throw new AirpinError(refusal.code, `${option}: ${refusal.message}`, refusal.nextStep)
}
