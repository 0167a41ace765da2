/** Readings a second that the API stores, beside the bare server under the same load. */
import path from "node:path"
import { makeCredentials, ON_POSTGRES, startBare, startOnPostgres, startOnSqlite } from "../../api/contenders.ts"
import { measureRounds, type Measured as Rounds } from "../../api/rounds.ts"
import { median } from "../../api/statistics.ts"
import { type Measured, type Section, skipped } from "../measured.ts"

const CONNECTIONS = 16
const BATCHES = [1, 5, 60]
const QUICK_BATCHES = [5]

export const ratesSection: Section = {
    name: "rates",
    async measure({ isQuick, resources, onProgress }) {
        const folder = resources.temporaryFolder("bench")
        const credentials = await makeCredentials(folder)
        const postgres = isQuick ? [] : await startOnPostgres(resources, credentials)
        const contenders = [
            await startBare(resources, folder, credentials),
            await startOnSqlite(resources, path.join(folder, "airpin.db"), credentials),
            ...postgres.filter(({ name }) => name === ON_POSTGRES),
        ]
        const length = isQuick ? { rounds: 3, durationMs: 500, warmsUp: false } : { rounds: 3, durationMs: 2000 }
        const figures: Measured[] = []
        for (const batch of isQuick ? QUICK_BATCHES : BATCHES) {
            const options = {
                connections: CONNECTIONS,
                ...length,
                onRound: (text: string) => onProgress(`rates: ${text}`),
            }
            const [bare, sqlite, onPostgres] = await measureRounds(contenders, batch, options)
            if (!bare || !sqlite) continue
            requireNoErrors(bare, sqlite, onPostgres)
            const note = `${perSecond(sqlite)} beside ${perSecond(bare)} readings a second`
            figures.push({ id: `cpu.sqlite.${batch}`, value: median(sqlite.cpuRatios) })
            if (isQuick) continue
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

/** @throws Error: a figure of posts that failed says nothing */
function requireNoErrors(...results: (Rounds | undefined)[]): void {
    for (const result of results)
        for (const [what, count] of Object.entries(result?.errors ?? {}))
            throw new Error(`${result?.name}: ${count} posts failed: ${what}`)
}

const perSecond = ({ readingsPerS }: Rounds) => Math.round(readingsPerS).toLocaleString("en")
