import assert from "node:assert/strict"
import { changes } from "./changes.ts"
import { missingFor } from "./fronts/kinds.ts"
import { nginxFront } from "./fronts/nginx.ts"
import { runTrial } from "./run-trial.ts"

/** The long form, with every change, certbot and HAProxy: npm run trial:edge. */
describe("a device behind nginx, and a CA that changes", function () {
    this.timeout(240_000)

    it("goes on with a new key under a cross-signed root; a root it does not know is held back, and nothing is lost", async function () {
        const missing = missingFor(nginxFront, "own client")
        if (missing !== undefined) {
            console.log(`        skipped: ${missing}`)
            return this.skip()
        }
        const steps: string[] = []
        const short = ["root changed, with a cross-sign", "root changed, without"]
        const result = await runTrial({
            ...{ kind: nginxFront, source: "own client", changes: changes.filter(({ name }) => short.includes(name)) },
            ...{ speed: 600, scalesFront: false, daysPerChange: 0.01, intervalS: 10, batch: 6 },
            onStep: (name, seconds) => steps.push(`${name}: ${seconds.toFixed(1)} s`),
        })
        assert.deepEqual(result.faults, [], steps.join("; "))
        assert.deepEqual(
            result.changes.map(({ exit, handshakes }) => [exit, handshakes]),
            [
                [0, 1],
                [20, 0],
            ],
        )
        assert.ok(result.account.stored > 0)
    })
})
