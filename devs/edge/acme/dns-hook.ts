/** DNS-01 by a program that sets and removes TXT records. */
import { setTimeout as sleep } from "node:timers/promises"
import { AirpinError } from "../../../certs/error.ts"
import { outcomeText, runCommand } from "../run-command.ts"
import { type Challenge, type ChallengeSession, type ChallengeSolver, dnsRecordName } from "./challenge.ts"
import { SECRET_VARIABLES } from "./secret-variables.ts"

export interface DnsHookOptions {
    /** the program and its arguments; run without a shell, so nothing of a name or value is ever interpreted */
    command: string[]
    /** from the last record until the CA is asked: how long the name servers need; default 30 s */
    waitMs?: number
    /** for one run; default 60 s */
    timeoutMs?: number
}

const DEFAULT_WAIT_MS = 30_000
const DEFAULT_TIMEOUT_MS = 60_000

/**
 * The program gets ACME_ACTION (present or cleanup), ACME_NAME (the record: _acme-challenge.NAME) and ACME_VALUE (its
 * text) in its environment, beside that of this process; it must end with status 0. Other records of that name stay.
 */
export function dnsHookSolver(options: DnsHookOptions): ChallengeSolver {
    return { type: "dns-01", begin: async () => begin(options) }
}

function begin(options: DnsHookOptions): ChallengeSession {
    const presented: Challenge[] = []
    return {
        async present(challenge) {
            presented.push(challenge) // before the run: one that fails may have set the record
            await runHook(options, "present", challenge)
        },
        async settle(signal) {
            await sleep(options.waitMs ?? DEFAULT_WAIT_MS, undefined, { signal })
        },
        async end() {
            const errors: unknown[] = []
            for (const challenge of presented)
                await runHook(options, "cleanup", challenge).catch(error => errors.push(error))
            if (errors.length > 0) throw errors[0]
        },
    }
}

async function runHook(options: DnsHookOptions, action: "present" | "cleanup", challenge: Challenge): Promise<void> {
    const { command, timeoutMs = DEFAULT_TIMEOUT_MS } = options
    const outcome = await runCommand(command, {
        timeoutMs,
        env: {
            ...SECRET_VARIABLES,
            ACME_ACTION: action,
            ACME_NAME: dnsRecordName(challenge.name),
            ACME_VALUE: challenge.response,
        },
    })
    if (outcome.code === 0) return
    throw new AirpinError("ACME_HOOK_FAILED", `${action} of ${challenge.name}: ${outcomeText(command, outcome)}`)
}
