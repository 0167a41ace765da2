/** The status that a round ends with: what serves, for whom, what is next, and the exit status. */
import { readFile } from "node:fs/promises"
import path from "node:path"
import { linkChain } from "../../../certs/chain.ts"
import {
    type EdgeChain,
    type EdgeDevice,
    type EdgeOutcome,
    type EdgeStatus,
    parseEdgeStatus,
} from "../../../certs/edge-status.ts"
import { asAirpinError } from "../../../certs/error.ts"
import { PUBLIC_MODE, replaceFile } from "../../../certs/replace-file.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import type { Certificate } from "../../../certs/x509/certificate.ts"
import { isWaiting, ordersAllowedAtMs } from "./back-off.ts"
import { STAGED_FOR_MS } from "./candidates.ts"
import { type Due, dueOf, shareLeft } from "./due.ts"
import { judgeDevices } from "./judge.ts"
import type { RoundContext } from "./round-context.ts"
import { DEPLOYING } from "./state.ts"

const FILE = "status.json"
/** a round that fails while more than this share of the lifetime is left needs attention; later, it has failed */
const RELAXED_SHARE = 1 / 3
/** devices named in a sentence */
const MAX_SHOWN = 3

/**
 * Writes the status to the folder and stores it where the service reads it.
 *
 * @param due undefined if the round did not get that far
 */
export async function report(round: RoundContext, due: Due | undefined): Promise<EdgeStatus> {
    const status = statusOf(round, due)
    const deliver = async (where: string, work: () => Promise<void>) => {
        try {
            await work()
        } catch (error) {
            const { message, code } = asAirpinError(error)
            const text = `the status could not be written to ${where}: ${message} [${code}]`
            round.parts.log({ level: "warning", text })
            if (status.outcome === "fine") status.outcome = "attention"
            status.reasons.push(text)
        }
    }
    const { folder } = round.options
    await deliver("the database", () => round.parts.report(status))
    const text = () => `${JSON.stringify(status, null, 4)}\n`
    await deliver(FILE, () => replaceFile(folder, FILE, text(), PUBLIC_MODE))
    await deliver("state.json", () => round.save())
    return status
}

/** The status of the last round; undefined before the first. @throws Error if it is damaged */
export async function readStatus(folder: string): Promise<EdgeStatus | undefined> {
    const text = await readFile(path.join(folder, FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined
        throw error
    })
    return text === undefined ? undefined : parseEdgeStatus(text)
}

function statusOf(round: RoundContext, due: Due | undefined): EdgeStatus {
    const { live, options, parts, state } = round
    const devices = judgeServed(round)
    const { outcome, reasons } = outcomeOf(round, devices)
    return {
        version: 1,
        at: parts.now().toISOString(),
        names: options.names,
        outcome,
        reasons,
        ...(live && { live: describeLive(round, live) }),
        nextLook: nextLookOf(round, due),
        heldBack: state.heldBack,
        errors: state.errors,
        devices,
    }
}

/** What each device does with what the server presents, or else with what is deployed. */
function judgeServed({ devices, live, options, served }: RoundContext): EdgeDevice[] {
    const chain = served?.chain ?? live?.chain
    if (!chain) return devices.map(({ id, name }) => ({ id, name, stand: "unknown", reason: "nothing serves yet" }))
    const request = { names: options.names, baseline: chain, ...(served && { keyExchange: served.keyExchange }) }
    const known = new Set(devices.filter(({ bundle }) => bundle).map(({ id }) => id))
    return judgeDevices(chain, devices, request).map(device =>
        known.has(device.id) || device.stand === "refuses" ? device : { ...device, stand: "unknown" },
    )
}

function describeLive({ options, state, served }: RoundContext, live: NonNullable<RoundContext["live"]>): EdgeChain {
    const { chain, keyType, label, leafSha256, source, name } = live
    const [leaf] = chain
    const isServed = served?.chain[0] !== undefined && sha256Of(served.chain[0].der) === leafSha256
    return {
        source,
        label,
        names: options.names,
        keyType,
        path: pathOf(chain),
        leafSha256,
        notBefore: leaf.notBefore.toISOString(),
        notAfter: leaf.notAfter.toISOString(),
        verified: state.verified === name && isServed,
    }
}

const pathOf = (chain: Certificate[]) => linkChain(chain).map(({ subject }) => subject)

/** Exit status of each outcome. */
export const outcomeExits: Record<EdgeOutcome, number> = { fine: 0, failed: 1, attention: 10, refused: 20 }

function outcomeOf(round: RoundContext, devices: EdgeDevice[]): Pick<EdgeStatus, "outcome" | "reasons"> {
    const { state, warnings, failed, failing, live, nowMs } = round
    const refusing = devices.filter(({ stand }) => stand === "refuses")
    const unknown = devices.filter(({ stand }) => stand === "unknown")
    const left = live ? shareLeft(live.chain[0], nowMs) : 0
    const reasons = [
        ...(refusing.length > 0 ? [`${namesOf(refusing)} would refuse what the server presents now`] : []),
        ...state.heldBack.map(({ label, source, devices, count }) => {
            return `held back: ${label} of ${source}, which ${namesOf(devices, count)} would refuse`
        }),
        ...(failed || failing ? state.errors.slice(0, 1).map(({ message, code }) => `${message} [${code}]`) : []),
        ...warnings.filter(text => !text.startsWith("held back")),
        ...(unknown.length > 0
            ? [`no manifest is known of ${namesOf(unknown)}; send it: airpin device pins ID FILE`]
            : []),
    ]
    const outcome = () => {
        if (refusing.length > 0 || state.heldBack.length > 0) return "refused"
        if (failed || (failing && left <= RELAXED_SHARE)) return "failed"
        return failing || warnings.length > 0 || unknown.length > 0 ? "attention" : "fine"
    }
    return { outcome: outcome(), reasons }
}

/** "Kitchen, Office and 3 more". */
function namesOf(devices: { name: string }[], count = devices.length): string {
    const shown = devices.slice(0, MAX_SHOWN).map(({ name }) => name)
    return shown.join(", ") + (count > shown.length ? ` and ${count - shown.length} more` : "")
}

/** When the next round has something to do. */
function nextLookOf(round: RoundContext, due: Due | undefined): EdgeStatus["nextLook"] {
    const { state, nowMs, live } = round
    const at = (atMs: number, why: string) => ({ at: new Date(Math.max(atMs, nowMs)).toISOString(), why })
    if (state.heldBack.length > 0)
        return at(
            nowMs + STAGED_FOR_MS,
            "each round judges again what is held back; another certificate is ordered then",
        )
    const waits = [...state.backOff].filter(([, backOff]) => isWaiting(backOff, nowMs))
    const [earliest] = waits.sort(([, a], [, b]) => a.untilMs - b.untilMs)
    if (earliest && (round.failing || round.failed)) {
        const [name, { untilMs, failures }] = earliest
        const what = name === DEPLOYING ? "deploying" : name
        return at(untilMs, `${what} is tried again, after ${failures} failures`)
    }
    if (round.failing) return at(ordersAllowedAtMs(state.attempts, nowMs), "the next order is allowed then")
    if (!live) return at(nowMs, "no certificate serves yet")
    const next = due && !due.due ? due : dueOf(live.chain[0], state.plan, nowMs)
    const pollAtMs = state.plan?.pollAtMs ?? nowMs
    const renewal = `renewal on ${new Date(next.atMs).toISOString()} (${next.why})`
    return pollAtMs < next.atMs ? at(pollAtMs, `the CA is asked for its window; ${renewal}`) : at(next.atMs, renewal)
}
