import { copyFile } from "node:fs/promises"
import path from "node:path"
import { makeCredentials, startOnSqlite } from "../../bench/api/contenders.ts"
import { measureStream, measureWall, setLimits, type WallTimes } from "../../bench/api/wall.ts"
import { yearDatabase } from "../../bench/api/year.ts"
import { bytesText, tableText } from "../../display/terminal.ts"
import { type Resources, withResources } from "../../resources.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"
import { wholeNumber } from "../option-values.ts"

const declared = command()
    .name("wall")
    .description("time of GET /api/v1/wall with rooms of 30 days, and bytes of its stream while they post")
    .option("--rooms <n>", "rooms", wholeNumber(1, 1000), 40)
    .option("--days <n>", "days in the database", wholeNumber(1, 3650), 30)
    .option("--minutes <n>", "how long the stream is listened to; 0: not at all", wholeNumber(0, 600), 5)

type BenchWallOptions = OptionsOf<typeof declared>

export const benchWall = declared.action(run((terminal, options) => measure(options, terminal)))

/** `airpin bench wall`. */
const measure: Command<BenchWallOptions> = ({ rooms, days, minutes }, terminal) =>
    withResources(async resources => {
        const folder = resources.temporaryFolder("bench")
        const year = await yearDatabase({ devices: rooms, days }, done =>
            terminal.progress(`making ${rooms} × ${days} days: ${Math.round(done * 100)} %`),
        )
        const file = path.join(folder, "year.db")
        await copyFile(year.file, file)
        terminal.progress("the wall …")
        const good = await timesWith(resources, folder, file, false)
        const bad = await timesWith(resources, folder, file, true)
        const head = ["WALL", "P50", "P99", "WORST", "BYTES"]
        for (const row of tableText([head, rowOf("air good", good), rowOf("fair for a day", bad)]))
            terminal.line("", row)
        if (minutes === 0) {
            terminal.result({ rooms, good, bad })
            return exitCodes.fine
        }
        terminal.progress(`the stream, ${minutes} minutes …`)
        const empty = path.join(folder, "stream.db")
        await setLimits(empty, true)
        const { server, tokens } = await startPlain(resources, folder, empty)
        const stream = await measureStream(server.port, await tokens(rooms), minutes)
        terminal.line("stream", `${stream.bytesPerRoomMinute.toFixed(0)} bytes a room and minute`)
        terminal.line("", `${bytesText(stream.firstBytes)} at first; room at most ${stream.longestBytes} bytes`)
        terminal.line("", `${stream.events} events in ${stream.streams} streams`)
        terminal.result({ rooms, good, bad, stream })
        return exitCodes.fine
    })

async function timesWith(resources: Resources, folder: string, file: string, isBad: boolean): Promise<WallTimes> {
    await setLimits(file, isBad)
    const { server } = await startPlain(resources, folder, file)
    const times = await measureWall(server.port)
    await server.stop()
    return times
}

async function startPlain(resources: Resources, folder: string, file: string) {
    return startOnSqlite(resources, file, await makeCredentials(folder), ["--http", "--public"])
}

function rowOf(what: string, { p50Ms, p99Ms, worstMs, bytes }: WallTimes): string[] {
    return [what, ...[p50Ms, p99Ms, worstMs].map(ms => `${ms.toFixed(1)} ms`), bytesText(bytes)]
}
