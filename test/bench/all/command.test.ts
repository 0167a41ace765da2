import assert from "node:assert/strict"
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { FLOORS_FILE } from "../../../devs/bench/all/catalogue.ts"
import { airpin, temporaryFolder } from "../../support/airpin.ts"

describe("airpin bench all", function () {
    this.timeout(240_000)
    let folder = ""
    before(async () => (folder = await temporaryFolder()))

    it("--quick --check measures on this machine, and finds no figure below its floor", async () => {
        // what depends on the machine's speed is in the long form: a busy machine says nothing of it
        const short = process.env.AIRPIN_BENCH === "full" ? [] : ["--only", "wire,firmware"]
        const args = ["bench", "all", "--quick", "--check", "--json", "--out", folder, ...short]
        const { code, stdout, stderr } = await airpin(args)
        assert.equal(code, 0, stderr)
        const { figures, machine } = JSON.parse(stdout)
        assert.equal(machine.versions["Node.js"], process.versions.node)
        const ids = figures.map(({ id }: { id: string }) => id)
        const speeds = short.length === 0 ? ["vm.devsRun", "vm.gib", "recovery.refused"] : []
        for (const id of ["wire.kept.5", "bytecode.plain", ...speeds]) assert.ok(ids.includes(id), id)
        assert.deepEqual(JSON.parse(readFileSync(path.join(folder, "bench.json"), "utf8")).figures, figures)
        assert.match(
            readFileSync(path.join(folder, "bench.md"), "utf8"),
            /\| bytes a reading, 5 in a post, connection kept +\|/,
        )
    })

    it("--check exits with 1 and BENCH_BELOW_FLOOR where a figure is worse than its floor", async () => {
        const floors = path.join(folder, "floors.json5")
        const text = readFileSync(FLOORS_FILE, "utf8")
        writeFileSync(
            floors,
            text.replace(/("bytecode\.plain": \{[^}]*?recorded: )\d+/, (_, before) => `${before}50000`),
        )
        const args = ["bench", "all", "--quick", "--only", "firmware", "--floors", floors, "--json"]
        const { code, stdout } = await airpin([...args, "--check"])
        assert.equal(code, 1)
        const { error, figures } = JSON.parse(stdout)
        assert.equal(error.code, "BENCH_BELOW_FLOOR")
        assert.match(error.message, /bytecode\.plain is [\d,]+ B, and must be at most 51,000 B/)
        assert.equal(figures.find(({ id }: { id: string }) => id === "bytecode.plain").verdict, "below")
        assert.equal((await airpin(args)).code, 0)
    })

    it("says which sections there are", async () => {
        const { code, stderr } = await airpin(["bench", "all", "--only", "wires"])
        assert.equal(code, 2)
        assert.match(stderr, /There is no section wires\./)
    })
})
