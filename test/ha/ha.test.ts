/** The short form of `npm run ha`: one round. */
import assert from "node:assert/strict"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import { findPrograms } from "./cluster/debian.ts"
import { runRounds } from "./rounds.ts"

const programs = findPrograms()
const reason = typeof programs === "string" ? ` (skipped: ${programs})` : ""

describe(`two API processes on three PostgreSQL nodes${reason}`, function () {
    this.timeout(240_000)

    it("have every acknowledged reading once after commits' waits were cancelled and the primary was lost", async function () {
        if (typeof programs === "string") return this.skip()
        const run = await runRounds({
            programs,
            etcdApi: "etcd",
            checkout: projectDirectory,
            rounds: 1,
            seed: 1,
            devices: 4,
            auditEvery: 10,
            faults: ["cancel-wait-lose-primary"],
            onRound: () => undefined,
        })
        assert.deepEqual(run.violations, [])
        assert.ok(run.counts.cancelledWaits > 0)
        assert.ok(run.audits.length === 3 && run.audits.every(({ result }) => result.acknowledged > 0))
    })
})
