import type { ChipHandshake } from "../../../certs/pull/chip-handshake.ts"
import type { TargetSettings } from "../renewal/settings.ts"
import type { Target } from "../renewal/types.ts"
import { haproxyTarget } from "./haproxy.ts"
import { hookTarget } from "./hook.ts"
import { nginxTarget } from "./nginx.ts"

/** The target of edge.json. @param handshake the one that a device would have now */
export function targetOf(settings: TargetSettings, handshake: () => Promise<ChipHandshake>): Target {
    switch (settings.kind) {
        case "nginx":
            return nginxTarget({ ...settings, handshake })
        case "haproxy":
            return haproxyTarget(settings)
        case "hook":
            return hookTarget(settings)
    }
}
