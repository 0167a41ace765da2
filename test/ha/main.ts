/** The command `npm run ha`: see README.md in this folder. */
import { writeFileSync } from "node:fs"
import path from "node:path"
import { Option } from "@commander-js/extra-typings"
import { command } from "../../devs/commands/command.ts"
import { wholeNumber } from "../../devs/commands/option-values.ts"
import { handleSignals, stopRequest } from "../../devs/commands/signals.ts"
import { projectDirectory } from "../../devs/vm/build-cache.ts"
import { findPrograms } from "./cluster/debian.ts"
import { etcdApis } from "./cluster/patroni-configuration.ts"
import { faultKinds, faultNames } from "./faults/kinds.ts"
import { roundLine, summaryLines } from "./report.ts"
import { runRounds } from "./rounds.ts"

const faultTexts = Object.entries(faultKinds).map(([name, { summary }]) => `  ${name.padEnd(26)}${summary}`)

const options = command()
    .name("ha")
    .option("--rounds <n>", "failures, one a round", wholeNumber(1, 100_000), 100)
    .option("--seed <n>", "seed of their order, targets and times", wholeNumber(0, 2 ** 32 - 1), 1)
    .addOption(new Option("--faults <names...>", "only these").choices(faultNames))
    .option("--devices <n>", "light devices", wholeNumber(1, 100), 12)
    .option("--checkout <folder>", "the airpin checkout whose serve is tried", projectDirectory)
    .addOption(new Option("--etcd-api <name>", "how Patroni talks to etcd").choices(etcdApis).default("etcd" as const))
    .option("--logs <folder>", "keep the logs of all programs there")
    .option("--json <file>", "write every round there")
    .addHelpText("after", `\nFaults:\n${faultTexts.join("\n")}`)
    .parse()
    .opts()
const print = (line: string) => process.stdout.write(`${line}\n`)

handleSignals()
process.on("SIGHUP", () => process.exit(1)) // the terminal is gone
const stop = stopRequest()
const programs = findPrograms()
if (typeof programs === "string") throw new Error(programs)

const startedMs = performance.now()
const minutes = () => ((performance.now() - startedMs) / 60_000).toFixed(1)
const run = await runRounds({
    ...options,
    programs,
    checkout: path.resolve(options.checkout),
    logs: options.logs && path.resolve(options.logs),
    withVirtualDevice: true,
    auditEvery: 10,
    onStart: () => print(`cluster ready after ${minutes()} minutes`),
    onRound: round => print(roundLine(round)),
    onAudit: ({ acknowledged, missing, doubled }) =>
        print(`          audit: ${acknowledged} acknowledged, missing ${missing}, doubled ${doubled}`),
    isStopped: () => stop.status !== undefined,
})
for (const line of summaryLines(run)) print(line)
print(`${minutes()} minutes`)
if (options.json) writeFileSync(options.json, JSON.stringify(run, null, 4))
process.exit(run.violations.length > 0 ? 1 : (stop.status ?? 0))
