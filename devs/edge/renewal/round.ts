/**
 * One round of `airpin renew`: finishes what a killed round left, looks whether the certificate is due, obtains one that
 * every device accepts, deploys it, and reports. Whatever happens, what served before serves, or the new chain does.
 */

import { readdir, rm } from "node:fs/promises"
import path from "node:path"
import type { EdgeStatus } from "../../../certs/edge-status.ts"
import { AirpinError } from "../../../certs/error.ts"
import { isTemporaryName, makePrivateFolder } from "../../../certs/replace-file.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { backOffAfter, isWaiting } from "./back-off.ts"
import { findCandidate, STAGED_FOR_MS } from "./candidates.ts"
import { deploy, shake, verify } from "./deploy.ts"
import { type Due, dueNow, isPollDue, planAfter, planWithoutResponse } from "./due.ts"
import { lockFolder } from "./folder-lock.ts"
import { report } from "./report.ts"
import { RoundContext, type RoundOptions, RoundStopped } from "./round-context.ts"
import { SETTINGS_FILE } from "./settings.ts"
import { cleanStaging, readStaged, type Staged } from "./staging.ts"
import { DEPLOYING, readState } from "./state.ts"
import { type Parts, SourceError } from "./types.ts"
import { cleanVersions, servedFiles, type Version } from "./versions.ts"

/**
 * Runs one round.
 *
 * @returns the status, as it was reported; what went wrong is in it
 * @throws AirpinError EDGE_BUSY, EDGE_CLOCK_WRONG: nothing was done
 */
export async function runRound(options: RoundOptions, parts: Parts): Promise<EdgeStatus> {
    await makePrivateFolder(options.folder)
    const release = await lockFolder(options.folder)
    try {
        return await runLocked(options, parts)
    } finally {
        release()
    }
}

async function runLocked(options: RoundOptions, parts: Parts): Promise<EdgeStatus> {
    const { state, problem } = await readState(options.folder)
    const round = new RoundContext(options, parts, state)
    if (problem !== undefined) round.warn(problem)
    await round.readLive()
    requireClock(round)
    await round.step("locked")
    let due: Due | undefined
    try {
        round.devices = await parts.devices()
        await settle(round)
        await round.step("settled")
        due = await look(round)
        await round.step("looked")
        await renew(round, due)
    } catch (error) {
        if (error instanceof RoundStopped) round.warn(error.message)
        else {
            round.failed = true
            round.record(error)
        }
    }
    const status = await report(round, due)
    await round.step("reported")
    await clean(round)
    await round.step("cleaned")
    return status
}

function requireClock({ live, parts, options: { releasedAt } }: RoundContext): void {
    const now = parts.now()
    const refuse = (what: string) =>
        new AirpinError("EDGE_CLOCK_WRONG", `it is ${now.toISOString()} by this machine's clock, before ${what}`)
    if (releasedAt && now < releasedAt) throw refuse(`this release of ${releasedAt.toISOString()}`)
    const [leaf] = live?.chain ?? []
    if (leaf && now < leaf.notBefore)
        throw refuse(`the certificate that serves was issued on ${leaf.notBefore.toISOString()}`)
}

/** Makes sure that the server presents what `live` points to. */
async function settle(round: RoundContext): Promise<void> {
    const { live, parts, state } = round
    if (!live) {
        round.served = await parts.handshake().catch(() => undefined) // before the first certificate nothing need respond
        return
    }
    try {
        if (state.verified !== live.name) await finish(round, live)
        else await lookAtServer(round, live)
    } catch (error) {
        round.failed = true
        round.record(error)
    }
}

/** A round was killed after it changed the link. */
async function finish(round: RoundContext, live: Version): Promise<void> {
    round.info(`version ${live.name} was linked, but no handshake has shown it yet: finishing that`)
    round.served = await round.parts.handshake().catch(() => undefined)
    await verify(round, live)
}

/** A server that was restarted or changed by hand may present another certificate: it is activated again. */
async function lookAtServer(round: RoundContext, { leafSha256 }: Version): Promise<void> {
    const { parts, options } = round
    round.served = await parts.handshake()
    const [leaf] = round.served.chain
    if (leaf && sha256Of(leaf.der) === leafSha256) return
    round.warn("the server presents another certificate than the one deployed: activating that again")
    await parts.target.activate(servedFiles(options.folder, options.names, leafSha256))
    round.served = await shake(parts, leafSha256)
}

/** Whether a certificate is due, after the CA was asked where it is to be asked again. */
async function look(round: RoundContext): Promise<Due> {
    const { live, nowMs, options, state } = round
    if (live && isPollDue(state.plan, live.leafSha256, nowMs)) {
        await poll(round, live)
        await round.save()
    }
    if (state.plan?.problem !== undefined) round.warn(state.plan.problem)
    return dueNow(live?.chain[0], options.names, state.plan, nowMs)
}

async function poll(round: RoundContext, live: Version): Promise<void> {
    const { state, nowMs, parts } = round
    const { random = Math.random } = parts
    const { chain, leafSha256 } = live
    const [leaf] = chain
    const source = parts.sources.find(({ name }) => name === live.source)
    try {
        const info = await source?.renewalInfo(leaf)
        state.plan = planAfter(info, { ...leaf, sha256: leafSha256 }, state.plan, { nowMs, random })
    } catch (error) {
        const retryAfterMs = error instanceof SourceError ? error.retryAfterMs : undefined
        state.plan = planWithoutResponse(leafSha256, state.plan, nowMs, retryAfterMs)
        round.record(error)
    }
}

async function renew(round: RoundContext, { due, why, atMs }: Due): Promise<void> {
    const { options, state, nowMs } = round
    const { force = false, retry = false, folder } = options
    const mayOrder = due || force
    const staged = force ? [] : await readStaged(folder)
    state.heldBack = []
    if (!mayOrder && staged.length === 0) {
        round.info(`nothing is due before ${new Date(atMs).toISOString()}: ${why}`)
        return
    }
    if (mayOrder) round.info(`a certificate is due: ${due ? why : "--force"}`)
    const waiting = state.backOff.get(DEPLOYING)
    if (isWaiting(waiting, nowMs) && !force && !retry) {
        round.info(`nothing is deployed before ${new Date(waiting.untilMs).toISOString()}`)
        round.failing = true
        return
    }
    const { candidate, heldBack } = await findCandidate(round, staged, mayOrder)
    if (!candidate) {
        state.heldBack = heldBack
        round.failing = mayOrder && heldBack.length === 0
        for (const { label, source, count } of heldBack)
            round.warn(`held back: ${label} of ${source}, which ${count} devices would refuse`)
        return
    }
    round.stopIfAsked()
    try {
        round.info(`deploying ${candidate.label} of ${candidate.source} (${candidate.keyType})`)
        await deploy(round, candidate)
        Object.assign(state, { errors: [], heldBack: [] })
        state.backOff.clear()
        delete state.plan
        await round.save()
    } catch (error) {
        round.failed = true
        state.backOff.set(DEPLOYING, backOffAfter(state.backOff.get(DEPLOYING), nowMs))
        round.record(error)
    }
}

/** Removes old versions, and what is staged and deployed or too old. */
async function clean(round: RoundContext): Promise<void> {
    const { live, nowMs, options } = round
    const isDone = ({ chains, orderedAtMs }: Staged) =>
        Math.abs(nowMs - orderedAtMs) > STAGED_FOR_MS || leafOf(chains[0]?.pem) === live?.leafSha256
    try {
        await cleanStaging(options.folder, isDone)
        await cleanVersions(options.folder)
        await cleanTemporaryFiles(options.folder)
    } catch (error) {
        round.parts.log({ level: "warning", text: `old versions could not be removed: ${String(error)}` })
    }
}

/**
 * Those of a round that was killed while it wrote; one may have an account's key. The settings are written without the
 * lock, so theirs may be in use.
 */
async function cleanTemporaryFiles(folder: string): Promise<void> {
    for (const name of await readdir(folder))
        if (isTemporaryName(name) && !name.startsWith(`.${SETTINGS_FILE}.`))
            await rm(path.join(folder, name), { force: true })
}

function leafOf(pem: string | undefined): string | undefined {
    try {
        return sha256Of(parsePem(pem ?? "")[0].der)
    } catch {
        return undefined
    }
}
