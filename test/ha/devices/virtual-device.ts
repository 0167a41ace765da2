/** A device with the real firmware, in the simulator, as its own process: `airpin sim --api`. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { chooseAnchors } from "../../../certs/choose-anchors.ts"
import { writeLock } from "../../../certs/lock.ts"
import { pullChain } from "../../../certs/pull/pull-chain.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { projectDirectory } from "../../../devs/vm/build-cache.ts"
import type { Cluster } from "../cluster/cluster.ts"
import { type Place, Program } from "../cluster/program.ts"
import { withSql } from "../cluster/sql.ts"
import { until } from "../cluster/waiting.ts"

const INTERVAL_S = 5
/** The firmware is compiled, and the first interval ends. */
const START_MS = 120_000
const STOP_MS = 30_000

const READINGS = "SELECT r.boot, r.seq FROM readings r JOIN devices d ON d.key = r.device WHERE d.id = $1"

/** As `airpin sim --json` prints them. */
export interface VirtualDeviceCounts {
    readings: number
    acknowledged: number
    lost: number
    restarts: number
}

export class VirtualDevice {
    readonly id: string
    readonly #program: Program
    readonly #output: string

    static async start(cluster: Cluster, { id, token }: { id: string; token: string }): Promise<VirtualDevice> {
        const { port, rootPem } = cluster.api
        const folder = path.join(cluster.place.folder, id)
        mkdirSync(folder)
        const chain = await pullChain({ host: "localhost", port })
        const anchors = chooseAnchors(chain, { serverName: "localhost", roots: parsePem(rootPem), now: new Date() })
        await writeLock(path.join(folder, "pinned"), anchors, `localhost:${port}`)
        writeFileSync(path.join(folder, "token"), token, { mode: 0o600 })
        return new VirtualDevice(id, folder, port, cluster.place)
    }

    private constructor(id: string, folder: string, port: number, place: Place) {
        this.id = id
        this.#output = path.join(folder, "result.json")
        const options = {
            api: `https://localhost:${port}`,
            token: path.join(folder, "token"),
            pinned: path.join(folder, "pinned"),
            interval: INTERVAL_S,
            batch: 1,
        }
        this.#program = new Program({
            name: id,
            command: process.execPath,
            args: [
                path.join(projectDirectory, "devs/airpin.mjs"),
                "--json",
                "sim",
                ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]),
            ],
            cwd: folder,
            place: { ...place, account: undefined },
            output: this.#output,
        })
        this.#program.start()
    }

    /** Waits until its first readings are in the database: that it runs. */
    async posts({ airpinAddress }: Cluster): Promise<void> {
        await until(`a reading of ${this.id}`, START_MS, () =>
            withSql(airpinAddress, async ({ query }) => {
                const rows = await query(`${READINGS} LIMIT 1`, [this.id])
                return rows.length > 0 || undefined
            }),
        )
    }

    /** Stops it. @returns what it has counted */
    async stop(): Promise<VirtualDeviceCounts> {
        this.#program.signal("SIGINT")
        await until(`the end of ${this.id}`, STOP_MS, () => this.#program.pid === undefined || undefined)
        return JSON.parse(readFileSync(this.#output, "utf8")) as VirtualDeviceCounts
    }

    close(): Promise<void> {
        return this.#program.kill()
    }
}

/** Compares what the firmware counted with the primary's database. @returns what is wrong; undefined if nothing is */
export async function virtualDeviceFault(
    { airpinAddress }: Cluster,
    id: string,
    { readings, acknowledged, lost }: VirtualDeviceCounts,
): Promise<{ stored: number; fault: string | undefined }> {
    const rows = await withSql(airpinAddress, ({ query }) => query<{ boot: number; seq: number }>(READINGS, [id]))
    const stored = rows.length
    const different = new Set(rows.map(({ boot, seq }) => `${boot} ${seq}`)).size
    const highest = new Map<number, number>()
    for (const { boot, seq } of rows) highest.set(boot, Math.max(highest.get(boot) ?? 0, Number(seq)))
    const measured = [...highest.values()].reduce((sum, seq) => sum + seq, 0)
    const isRight = stored === different && stored + lost >= measured && stored >= acknowledged && stored <= readings
    const counted = `${id} measured ${readings}, ${acknowledged} acknowledged, ${lost} lost`
    return {
        stored,
        fault: isRight ? undefined : `${counted}; stored ${stored}, different ${different} of ${measured}`,
    }
}
