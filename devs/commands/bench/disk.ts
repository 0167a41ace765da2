import path from "node:path"
import { type DiskSize, measureDiskSize } from "../../bench/api/disk-size.ts"
import { startPostgres } from "../../bench/api/postgres.ts"
import { tableText } from "../../display/terminal.ts"
import { withResources } from "../../resources.ts"
import { command, exitCodes, run } from "../command.ts"

/** `airpin bench disk`. */
export const benchDisk = command()
    .name("disk")
    .description("bytes that a reading takes on the disk, on SQLite and PostgreSQL")
    .option("--no-postgres", "without PostgreSQL")
    .action(
        run((terminal, { postgres: wantsPostgres }) =>
            withResources(async resources => {
                const folder = resources.temporaryFolder("bench")
                const places = new Map([["SQLite", path.join(folder, "airpin.db")]])
                const postgres = wantsPostgres ? await startPostgres() : undefined
                if (postgres) {
                    resources.add(() => postgres.close())
                    places.set("PostgreSQL", postgres.url)
                }
                const sizes: DiskSize[] = []
                for (const [name, place] of places) {
                    const onProgress = (done: number) => terminal.progress(`${name}: ${Math.round(done * 100)} %`)
                    sizes.push(await measureDiskSize(name, place, onProgress))
                }
                const head = ["BYTES A READING", "READINGS", "RAW", "ROLLED UP", "ALL"]
                for (const row of tableText([head, ...sizes.map(rowOf)])) terminal.line("", row)
                terminal.result(sizes)
                return exitCodes.fine
            }),
        ),
    )

function rowOf({ name, readings, raw, rolledUp, all }: DiskSize): string[] {
    return [name, readings.toLocaleString("en"), ...[raw, rolledUp, all].map(bytes => bytes.toFixed(1))]
}
