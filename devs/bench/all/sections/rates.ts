/** Readings a second that the API stores, beside the bare server under the same load. */
import path from "node:path"
import { makeCredentials, ON_POSTGRES, startBare, startOnPostgres, startOnSqlite } from "../../api/contenders.ts"
import { measureRounds, type Measured as Rounds } from "../../api/rounds.ts"
import { median } from "../../api/statistics.ts"
import { type Measured, type Section, skipped } from "../measured.ts"
import { memoryDisk, NO_MEMORY_DISK } from "../memory-disk.ts"

const CONNECTIONS = 16
const BATCHES = [1, 5, 60]

export const ratesSection: Section = {
    name: "rates",
    async measure({ resources, onProgress }) {
        const disk = memoryDisk()
        if (disk === undefined)
            return {
                figures: skipped(BATCHES.flatMap(idsOf), NO_MEMORY_DISK),
            }
        const folder = resources.temporaryFolder("bench", disk)
        const credentials = await makeCredentials(folder)
        const postgres = await startOnPostgres(resources, credentials, disk)
        const contenders = [
            await startBare(resources, folder, credentials),
            await startOnSqlite(resources, path.join(folder, "airpin.db"), credentials),
            ...postgres.filter(({ name }) => name === ON_POSTGRES),
        ]
        const figures: Measured[] = []
        for (const batch of BATCHES) {
            const options = {
                connections: CONNECTIONS,
                ...{ rounds: 3, durationMs: 1000 },
                onRound: (text: string) => onProgress(`rates: ${text}`),
            }
            const [bare, sqlite, onPostgres] = await measureRounds(contenders, batch, options)
            if (!bare || !sqlite) continue
            requireNoErrors(bare, sqlite, onPostgres)
            const note = `${perSecond(sqlite)} beside ${perSecond(bare)} readings a second`
            figures.push({ id: `cpu.sqlite.${batch}`, value: median(sqlite.cpuRatios) })
            figures.push({ id: `rates.sqlite.${batch}`, value: median(sqlite.ratios), note })
            if (onPostgres)
                figures.push({
                    id: `rates.postgres.${batch}`,
                    value: median(onPostgres.ratios),
                    note: perSecond(onPostgres),
                })
            else figures.push(...skipped([`rates.postgres.${batch}`], "PostgreSQL is not installed"))
        }
        return { figures }
    },
}

const idsOf = (batch: number) => ["cpu.sqlite", "rates.sqlite", "rates.postgres"].map(name => `${name}.${batch}`)

/** @throws Error: a figure of posts that failed says nothing */
function requireNoErrors(...results: (Rounds | undefined)[]): void {
    for (const result of results)
        for (const [what, count] of Object.entries(result?.errors ?? {}))
            throw new Error(`${result?.name}: ${count} posts failed: ${what}`)
}

const perSecond = ({ readingsPerS }: Rounds) => Math.round(readingsPerS).toLocaleString("en")
