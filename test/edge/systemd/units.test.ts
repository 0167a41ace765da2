import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { definition } from "../../../devs/commands/edge/renew.ts"

const SERVICE = "devs/edge/systemd/airpin-renew.service"
const TIMER = "devs/edge/systemd/airpin-renew.timer"
/** The exposure that the README states, of systemd 252; 10 is a service without any hardening. */
const MAX_EXPOSURE = 3

describe("the systemd units of the certificate manager", () => {
    it("are valid, and their exposure is what the README states", function () {
        const { error, stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", SERVICE], {
            encoding: "utf8",
        })
        if (error || !/exposure level/.test(stdout)) return this.skip() // Debian: apt install systemd
        const [, exposure] = /exposure level for airpin-renew\.service: ([\d.]+)/.exec(stdout) ?? []
        assert.ok(Number(exposure) <= MAX_EXPOSURE, stdout)
        for (const unit of [SERVICE, TIMER])
            assert.doesNotMatch(spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" }).stderr, /airpin-/)
    })

    it("run airpin renew with options that it has", () => {
        const text = readFileSync(SERVICE, "utf8")
        const [, words = ""] =
            /^ExecStart=\/usr\/bin\/node \/opt\/airpin\/devs\/airpin\.mjs renew (.+)$/m.exec(text) ?? []
        const given = words.split(" ").filter(word => word.startsWith("--"))
        assert.deepEqual(given, ["--folder"])
        assert.ok(definition.options.some(({ long }) => long === given[0]))
        assert.match(text, /^SuccessExitStatus=10$/m)
    })

    it("look at least twice a day (RFC 9773, 4.3.2)", () => {
        const [, hours] = /^OnUnitActiveSec=(\d+)h$/m.exec(readFileSync(TIMER, "utf8")) ?? []
        assert.ok(Number(hours) > 0 && Number(hours) <= 12, hours)
    })
})
