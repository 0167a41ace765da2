import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"

interface Panel {
    title: string
    targets: { expr?: string; rawSql?: string }[]
}

const panelsOf = (name: string): Panel[] => JSON.parse(readFileSync(path.join("devs/api/grafana", name), "utf8")).panels
const targetsOf = (name: string) =>
    panelsOf(name).flatMap(({ title, targets }) => targets.map(target => ({ title, ...target })))

describe("the Grafana dashboard of the service", () => {
    const expressions = targetsOf("service.json").map(({ title, expr = "" }) => ({
        title,
        // as Grafana fills them in
        expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$device", ".*"),
    }))

    it("asks Prometheus only what promtool accepts", function () {
        const folder = mkdtempSync(path.join(tmpdir(), "airpin-grafana-"))
        const file = path.join(folder, "rules.yml")
        const rules = expressions.map(
            ({ expr }, at) => `      - { record: "panel:${at}", expr: ${JSON.stringify(expr)} }`,
        )
        writeFileSync(file, `groups:\n  - name: panels\n    rules:\n${rules.join("\n")}\n`)
        try {
            const shown = execFileSync("promtool", ["check", "rules", file], { encoding: "utf8", stdio: "pipe" })
            assert.match(shown, new RegExp(`SUCCESS: ${expressions.length} rules found`))
        } catch (error) {
            if (Reflect.get(Object(error), "code") !== "ENOENT") throw error
            console.log("      promtool is missing: apt install prometheus")
            this.skip()
        } finally {
            rmSync(folder, { recursive: true })
        }
    })
})
