import assert from "node:assert/strict"
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { hookTarget } from "../../../devs/edge/targets/hook.ts"
import { temporaryFolder } from "../../support/airpin.ts"

const files = {
    folder: "/edge/live",
    chain: "/edge/live/fullchain.pem",
    key: "/edge/live/privkey.pem",
    combined: "/edge/live/combined.pem",
    names: ["air.example.org", "www.example.org"],
    leafSha256: "ab".repeat(32),
}

describe("a deploy hook", () => {
    let folder: string
    before(async () => (folder = await temporaryFolder()))

    it("gets the files, the names and the fingerprint in its environment", async () => {
        const out = path.join(folder, "environment")
        await hookTarget({ command: ["sh", "-c", 'env | grep ^AIRPIN_ | sort > "$1"', "sh", out] }).activate(files)
        assert.deepEqual(readFileSync(out, "utf8").trim().split("\n"), [
            "AIRPIN_CHAIN=/edge/live/fullchain.pem",
            "AIRPIN_COMBINED=/edge/live/combined.pem",
            "AIRPIN_KEY=/edge/live/privkey.pem",
            "AIRPIN_NAMES=air.example.org www.example.org",
            `AIRPIN_SHA256=${"ab".repeat(32)}`,
        ])
    })

    it("that fails is an error with what it printed", async () => {
        const hook = hookTarget({ command: ["sh", "-c", "echo no such balancer >&2; exit 3"] })
        await assert.rejects(hook.activate(files), {
            code: "TARGET_COMMAND_FAILED",
            message: "sh -c echo no such balancer >&2; exit 3 ended with status 3: no such balancer",
        })
    })

    it("that is not there is an error", async () => {
        const hook = hookTarget({ command: ["/no/such/hook"] })
        await assert.rejects(hook.activate(files), {
            code: "TARGET_COMMAND_FAILED",
            message: "/no/such/hook is not installed",
        })
    })

    it("that does not end is killed with what it started", async () => {
        const pidFile = path.join(folder, "pid")
        const hook = hookTarget({
            command: ["sh", "-c", 'sleep 60 & echo $! > "$1"; wait', "sh", pidFile],
            timeoutMs: 300,
        })
        await assert.rejects(hook.activate(files), { code: "TARGET_COMMAND_FAILED", message: /did not end in time/ })
        await sleep(50)
        const pid = Number(readFileSync(pidFile, "utf8"))
        assert.equal(runs(pid), false)
    })
})

/** False for a zombie too, which no parent has collected. */
function runs(pid: number): boolean {
    const file = `/proc/${pid}/status`
    return existsSync(file) && !/^State:\s+Z/m.test(readFileSync(file, "utf8"))
}
