/** Devices that send to a server outside the simulation, trusted by the anchors pinned for it. */
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { AirpinError } from "../../certs/error.ts"
import { readLock } from "../../certs/lock.ts"
import { pinnedText } from "../image/settings/pinned-text.ts"
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
    /** main file of the devices' program: `mainFileFor` in devs/image */
    mainFile: string
}

/** @throws AirpinError API_ADDRESS_INVALID, or SETTING_INVALID for a token that the device would not use; as `readLock` */
export async function openRemoteEnvironment({
    url,
    token,
    pinned,
    settings,
    mainFile,
}: RemoteEnvironmentOptions): Promise<SimEnvironment> {
    const address = refusalOf("API_URL", url)
    if (address) throw new AirpinError("API_ADDRESS_INVALID", `--api: ${address.message}`)
    const refusal = refusalOf("API_TOKEN", token)
    if (refusal) throw new AirpinError(refusal.code, `--token: ${refusal.message}`, refusal.nextStep)
    const { anchors } = await readLock(pinned)
    const PINNED = pinnedText(anchors.map(anchor => anchor.certificate))
    return {
        url,
        bundle: encodeBundle(anchors.map(anchor => anchor.certificate)),
        anchorCount: anchors.length,
        program: () => buildProgram(mainFile, async () => ({ ...settings, API_URL: url, API_TOKEN: token, PINNED })),
        fetchRecords: async () => ({ summary: {} }),
        close: async () => undefined,
    }
}
