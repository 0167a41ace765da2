import { copyFile } from "node:fs/promises"
import path from "node:path"
import { makeCredentials, startOnSqlite } from "../../bench/api/contenders.ts"
import { measureReads, measureUnderReads, type ReadResult } from "../../bench/api/reads.ts"
import { WHOLE_YEAR, yearDatabase } from "../../bench/api/year.ts"
import { bytesText, tableText } from "../../display/terminal.ts"
import { withResources } from "../../resources.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { wholeNumber } from "../option-values.ts"

const declared = command()
    .name("reads")
    .description("time of reads from 40 devices × 1 year, and of posts while 50 readers ask for a year each")
    .option("--devices <n>", "devices in the database", wholeNumber(1, 1000), WHOLE_YEAR.devices)
    .option("--days <n>", "days in the database", wholeNumber(1, 3650), WHOLE_YEAR.days)
    .option("--readers <n>", "readers at the same time", wholeNumber(1, 1000), 50)
    .option("--seconds <n>", "how long they read", wholeNumber(1, 3600), 30)

type BenchReadsOptions = OptionsOf<typeof declared>

export const benchReads = declared.action(run((terminal, options) => measure(options, terminal)))

const TIMES = 100
const POSTING_DEVICES = 20

/** `airpin bench reads`. The database is made once, in the folder for temporary files. */
const measure: Command<BenchReadsOptions> = ({ devices, days, readers, seconds }, terminal) =>
    withResources(async resources => {
        const year = await yearDatabase({ devices, days }, done =>
            terminal.progress(`making ${devices} × ${days} days: ${Math.round(done * 100)} %`),
        )
        terminal.line("database", `${year.file}, ${year.readings.toLocaleString("en")} readings`)
        const folder = resources.temporaryFolder("bench")
        const copy = path.join(folder, "year.db")
        await copyFile(year.file, copy)
        const { server, ca, tokens } = await startOnSqlite(resources, copy, await makeCredentials(folder), ["--public"])
        terminal.progress("reads …")
        const results = await measureReads(server, ca, year, TIMES)
        for (const row of tableText([["READ", "P50", "P99", "WORST", "BYTES"], ...results.map(rowOf)]))
            terminal.line("", row)
        terminal.progress(`${readers} readers …`)
        const options = { server, ca, year, readers, tokens: await tokens(POSTING_DEVICES), durationMs: seconds * 1000 }
        const under = await measureUnderReads(options)
        const { reads, refused, posts, p50Ms, p99Ms, worstMs, errors } = under
        terminal.line("posts", `${posts} while ${readers} readers got ${reads} years (${refused} times refused)`)
        terminal.line("", `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, worst ${worstMs.toFixed(1)} ms`)
        if (errors.length > 0) terminal.line("errors", `${errors.length}: ${errors[0]}`)
        terminal.result({ readings: year.readings, reads: results, underReads: under })
        return exitCodes.fine
    })

function rowOf({ what, p50Ms, p99Ms, worstMs, bytes }: ReadResult): string[] {
    return [what, ...[p50Ms, p99Ms, worstMs].map(ms => `${ms.toFixed(1)} ms`), bytesText(bytes)]
}
