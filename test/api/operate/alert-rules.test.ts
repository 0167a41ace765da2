import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import path from "node:path"
import { NOW_S, openWorld, type World } from "../support/world.ts"

const rules = "devs/api/operate/alert-rules.yml"
const ruleTests = path.join("test", "api", "operate", "alert-rules.test.yml")

/** Runs promtool, which belongs to Prometheus; "missing" where that is not installed. */
function promtool(args: string[], input = ""): { status: number | null; output: string } | "missing" {
    const { error, status, stdout, stderr } = spawnSync("promtool", args, { input, encoding: "utf8" })
    return error ? "missing" : { status, output: stdout + stderr }
}

describe("metrics and alert rules", () => {
    let world: World
    let metrics: string
    before(async () => {
        world = await openWorld()
        world.app.metrics.observeProcess()
        await world.app.ready()
        world.app.metrics.observe({ connections: { count: 0 }, responses: { count: 0, unsentBytes: 0 } })
        await world.post({ boot: "b1", seq: 1, time: NOW_S, step: 60, lost: 2, co2Ppm: [1200] })
        await world.post({ boot: "b1", seq: 2, time: NOW_S, step: 60, co2Ppm: [700] }, "x".repeat(32))
        metrics = (await world.get("/metrics")).body
    })
    after(() => world.end())

    it("metrics are named as Prometheus expects, by promtool check metrics", function () {
        const checked = promtool(["check", "metrics"], metrics)
        if (checked === "missing") return this.skip() // Debian: apt install prometheus
        assert.deepEqual(checked, { status: 0, output: "" })
    })

    it("rules are valid, by promtool check rules", function () {
        const checked = promtool(["check", "rules", rules])
        if (checked === "missing") return this.skip()
        assert.equal(checked.status, 0, checked.output)
        assert.match(checked.output, /SUCCESS: 20 rules found/)
    })

    it("every rule raises its alert when it must, by promtool test rules", function () {
        const tested = promtool(["test", "rules", ruleTests])
        if (tested === "missing") return this.skip()
        assert.equal(tested.status, 0, tested.output)
        const names = [...readFileSync(rules, "utf8").matchAll(/alert: (\w+)/g)].map(match => match[1]!)
        const texts = readFileSync(ruleTests, "utf8").split("alertname: ")
        for (const name of names) {
            const raised = texts.filter(text => text.startsWith(`${name}\n`) && text.includes("exp_labels"))
            assert.equal(raised.length, 1, `${name} is not tested`)
        }
    })

    it("rules use only metrics that the server has", () => {
        const expressions = [...readFileSync(rules, "utf8").matchAll(/expr: (\|\n(?: {10}.*\n)+|.*\n)/g)].join("\n")
        const used = new Set(expressions.match(/\b(airpin|nodejs|process)_\w+/g))
        assert.ok(used.size >= 12)
        for (const name of used) assert.match(metrics, new RegExp(`^# TYPE ${name.replace(/_bucket$/, "")} `, "m"))
    })
})
