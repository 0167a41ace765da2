import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { watch } from "node:fs"
import { readdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { readLock } from "../../../certs/lock.ts"
import { readPresentedChains } from "../../../certs/presented-chains.ts"
import { airpin, BIN, temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

/** kill times within one write, 0.8 ms apart: a write takes about 10 ms */
const KILLS = 16
const STEP_MS = 0.8

describe("airpin pin, killed while it writes", function () {
    this.timeout(120_000)
    let folder: string
    let pinned: string
    const cas: LocalCa[] = []

    before(async () => {
        folder = await temporaryFolder()
        pinned = path.join(folder, "pinned")
        for (const at of [0, 1]) {
            const localCa = await temporaryCa({ rootName: `Root ${at}`, intermediateName: `CA ${at}` })
            cas.push(localCa)
            await writeFile(path.join(folder, `chain-${at}.pem`), localCa.server.chainPem)
            await writeFile(path.join(folder, `root-${at}.pem`), localCa.rootPem)
        }
        assert.equal((await airpin(pinOf(0))).code, 0)
    })

    const pinOf = (at: number) => {
        const [chain, root] = ["chain", "root"].map(name => path.join(folder, `${name}-${at}.pem`)) as [string, string]
        return ["pin", "localhost", "--chain", chain, "--ca", root, "--pinned", pinned, "--yes"]
    }

    /** Kills it this long after the first file has appeared; true when it was still running. */
    async function killWhileWriting(args: string[], afterMs: number): Promise<boolean> {
        const watcher = watch(pinned)
        const child = spawn(process.execPath, [BIN, ...args], { stdio: "ignore" })
        const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>
        await Promise.race([once(watcher, "change"), exited])
        await sleep(Math.floor(afterMs))
        for (const until = performance.now() + (afterMs % 1); performance.now() < until; );
        child.kill("SIGKILL")
        watcher.close()
        return (await exited)[1] === "SIGKILL"
    }

    const pinnedRoot = async () => (await readLock(pinned)).anchors.map(({ certificate }) => certificate.subject).join()

    async function contents(): Promise<Record<string, string>> {
        const names = (await readdir(pinned)).filter(name => !name.endsWith(".tmp")).sort()
        return Object.fromEntries(
            await Promise.all(names.map(async name => [name, await readFile(path.join(pinned, name), "utf8")])),
        )
    }

    it("leaves either the old pins or the new ones, byte for byte, and the next run continues from there", async () => {
        const seen = { old: 0, new: 0 }
        let killed = 0
        for (let kill = 0; kill < KILLS; kill++) {
            const before = await contents()
            const next = (await pinnedRoot()) === "CN=Root 0" ? 1 : 0
            if (await killWhileWriting(pinOf(next), kill * STEP_MS)) killed++
            assert.equal((await readPresentedChains(pinned)).size, 1)
            if ((await pinnedRoot()) === `CN=Root ${next}`) seen.new++
            else {
                seen.old++
                const after = await contents()
                for (const [name, text] of Object.entries(before)) assert.equal(after[name], text, name)
            }
        }
        assert.ok(killed > KILLS / 4, `${killed} of ${KILLS} killed before the end`)
        assert.ok(seen.old > 0, "none was killed before the new pins were in place")
        assert.ok(seen.new > 0, "none was killed after the new pins were in place")
        assert.equal((await airpin(pinOf(0))).code, 0)
        assert.equal(await pinnedRoot(), "CN=Root 0")
    })
})
