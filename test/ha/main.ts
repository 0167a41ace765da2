/** The command `npm run ha`: see README.md in this folder. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { parseArgs } from "node:util"
import { handleSignals, stopRequest } from "../../devs/commands/signals.ts"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import { findPrograms } from "./cluster/debian.ts"
import { type FaultName, faultNames } from "./faults/kinds.ts"
import { roundLine, summaryLines } from "./report.ts"
import { runRounds } from "./rounds.ts"

const { values } = parseArgs({
    options: {
        rounds: { type: "string", default: "100" },
        seed: { type: "string", default: "1" },
        devices: { type: "string", default: "12" },
        faults: { type: "string" },
        checkout: { type: "string", default: projectDirectory },
        "etcd-api": { type: "string", default: "etcd" },
        logs: { type: "string" },
        json: { type: "string" },
    },
})
const print = (line: string) => process.stdout.write(`${line}\n`)

handleSignals()
const stop = stopRequest()
const programs = findPrograms()
if (typeof programs === "string") throw new Error(programs)
const faults = values.faults?.split(",").map(name => {
    const found = faultNames.find(known => known === name)
    if (!found) throw new Error(`no fault ${name}; there are ${faultNames.join(", ")}`)
    return found
}) satisfies FaultName[] | undefined

const startedMs = performance.now()
const run = await runRounds({
    programs,
    etcdApi: values["etcd-api"] === "etcd3" ? "etcd3" : "etcd",
    checkout: path.resolve(values.checkout),
    logs: values.logs && path.resolve(values.logs),
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    devices: Number(values.devices),
    withVirtualDevice: true,
    auditEvery: 10,
    faults,
    onStart: () => print(`cluster ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`),
    onRound: round => print(roundLine(round)),
    onAudit: ({ acknowledged, missing, doubled }) =>
        print(`          audit: ${acknowledged} acknowledged, missing ${missing}, doubled ${doubled}`),
    isStopped: () => stop.status !== undefined,
})
for (const line of summaryLines(run)) print(line)
print(`${((performance.now() - startedMs) / 60_000).toFixed(1)} minutes`)
if (values.json) writeFileSync(values.json, JSON.stringify(run, null, 4))
process.exit(run.violations.length > 0 ? 1 : (stop.status ?? 0))
