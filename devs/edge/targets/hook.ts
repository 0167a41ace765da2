/** A command of the operator as a target: for a balancer elsewhere, another web server, a copy to other machines. */
import { AirpinError } from "../../../certs/error.ts"
import type { ServedFiles, Target } from "../renewal/types.ts"
import { outcomeText, runCommand } from "../run-command.ts"

export interface HookTarget {
    /** program and arguments; no shell reads them */
    command: string[]
    /** default two minutes; then it is killed with all that it started */
    timeoutMs?: number
}

const HOOK_TIMEOUT_MS = 120_000

export function hookTarget({ command, timeoutMs = HOOK_TIMEOUT_MS }: HookTarget): Target {
    return {
        name: "hook",
        activate: async files => {
            const outcome = await runCommand(command, { timeoutMs, env: hookEnvironment(files) })
            if (outcome.code !== 0) throw new AirpinError("TARGET_COMMAND_FAILED", outcomeText(command, outcome))
        },
    }
}

/** The files by name, so that no key is in the environment. */
function hookEnvironment({ chain, key, combined, names, leafSha256 }: ServedFiles): Record<string, string> {
    return {
        AIRPIN_CHAIN: chain,
        AIRPIN_KEY: key,
        AIRPIN_COMBINED: combined,
        AIRPIN_NAMES: names.join(" "),
        AIRPIN_SHA256: leafSha256,
    }
}
