import assert from "node:assert/strict"
import { fork } from "node:child_process"
import { once } from "node:events"
import { readdir } from "node:fs/promises"
import path from "node:path"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { roundSteps, type ServedFiles } from "../../../devs/edge/renewal/types.ts"
import { liveLeaf, servedLeaf } from "../support/live-files.ts"
import { type LocalRound, localRound } from "../support/local-round.ts"
import { type CertificateServer, certificateServer, DAY_MS, edgeFolder, START } from "../support/renewal-world.ts"
import type { ChildOrder } from "../support/round-child.ts"

/** All with AIRPIN_KILL_ALL=1; otherwise those on both sides of what changes what serves. */
const SHORT_STEPS = ["staged", "version-written", "live-linked", "activated", "verified"]
const killedSteps = process.env.AIRPIN_KILL_ALL
    ? roundSteps.filter(step => !["put-back-linked", "cleaned"].includes(step))
    : SHORT_STEPS

const CHILD = path.join(import.meta.dirname, "../support/round-child.ts")

/** Runs a round in a process of its own, which kills itself at a step. */
async function killedRound(round: LocalRound, server: CertificateServer, killAt: string): Promise<void> {
    const child = fork(CHILD, { execArgv: ["--import", "tsx"] })
    const exited = once(child, "exit")
    child.on("message", async (files: ServedFiles) => {
        await server.activate(files)
        if (child.connected) child.send("activated")
    })
    const order: ChildOrder = { ...round, port: server.port, killAt }
    child.send(order)
    const [, signal] = await exited
    assert.equal(signal, "SIGKILL", `at ${killAt}`)
}

/** A certificate that serves, and a round that is to renew it. */
async function dueRound() {
    const folder = await edgeFolder()
    const ca = path.join(folder, "../ca")
    await openOrCreateLocalCa(ca, { now: START })
    const server = await certificateServer()
    const first = { folder, ca, nowMs: START.getTime() }
    await localRound(first, server, server.activate)
    const before = await servedLeaf(server)
    assert.equal(await liveLeaf(folder), before)
    return { folder, server, due: { ...first, nowMs: first.nowMs + 70 * DAY_MS }, before }
}

describe("a round that is killed (kill -9)", () => {
    for (const killAt of killedSteps)
        it(`after the step "${killAt}" leaves a whole certificate, and the next round finishes`, async () => {
            const { folder, server, due, before } = await dueRound()
            await killedRound(due, server, killAt)
            const [served, live] = [await servedLeaf(server), await liveLeaf(folder)]
            assert.ok(served === before || served === live, "what serves is neither the old one nor the new one")

            const status = await localRound(due, server, server.activate)
            assert.equal(status.outcome, "fine", status.reasons.join("; "))
            assert.notEqual(await servedLeaf(server), before)
            assert.equal(await servedLeaf(server), await liveLeaf(folder))
            assert.deepEqual(await readdir(path.join(folder, "staging")), [])
            const versions = await readdir(path.join(folder, "versions"))
            assert.deepEqual(
                versions.filter(name => !/^\d+$/.test(name)),
                [],
            )
        })

    it("while it puts the previous certificate back leaves that one, and the next round deploys the new one", async () => {
        const { folder, server, due, before } = await dueRound()
        server.deaf = true
        await killedRound(due, server, "put-back-linked")
        assert.deepEqual([await servedLeaf(server), await liveLeaf(folder)], [before, before])
        server.deaf = false
        const status = await localRound(due, server, server.activate)
        assert.equal(status.outcome, "fine", status.reasons.join("; "))
        assert.notEqual(await servedLeaf(server), before)
    })
})
