/** Bytes and handshakes a reading, by batch and by what becomes of the connection. */
import { MAX_BATCH } from "../../../../src/wire.ts"
import { measureWire, type WireCost } from "../../wire.ts"
import { listenBy, type WireWay, wireWays } from "../../wire-ways.ts"
import { programVersion } from "../machine.ts"
import { type BenchContext, type Measured, type Section, skipped } from "../measured.ts"

/** The firmware sends no more than its largest batch, whatever is asked of it. */
const BATCHES = [1, 5, 15, MAX_BATCH]
/** the firmware's default batch */
const QUICK_BATCHES = [5]
const ENTRY = "src/main.ts"
const FETCH_ENTRY = "devs/bench/fetch-baseline.ts"
const SECONDS_A_DAY = 86_400
const SIMULATED_S = 10 * 3600

export const wireSection: Section = {
    name: "wire",
    async measure(context) {
        const figures: Measured[] = []
        for (const way of context.isQuick ? (["kept"] as const) : wireWays)
            figures.push(...(await measureWay(way, context)))
        if (!context.isQuick) figures.push(await plainFetch(context))
        return { figures }
    },
}

async function measureWay(way: WireWay, { isQuick, onProgress }: BenchContext): Promise<Measured[]> {
    const batches = isQuick ? QUICK_BATCHES : BATCHES
    if (way === "nginx" && (await programVersion("nginx")) === undefined)
        return skipped([...batches.map(batch => `wire.nginx.${batch}`), "handshakes.nginx.5"], "nginx is not installed")
    const figures: Measured[] = []
    for (const batch of batches) {
        onProgress(`wire: batch ${batch}, ${way}`)
        const before = process.cpuUsage()
        const cost = await measureWire({ entry: ENTRY, batch, listen: listenBy[way] })
        const { user, system } = process.cpuUsage(before)
        figures.push({ id: `wire.${way}.${batch}`, value: cost.bytesPerReading, note: noteOf(cost) })
        if (batch !== 5) continue
        figures.push({ id: `handshakes.${way}.5`, value: (1000 * cost.handshakes) / cost.readings })
        if (way === "kept") figures.push(dayRate((user + system) / 1e6))
    }
    return figures
}

/** The same run says how fast a device with its sensors, TLS and its server is simulated. */
function dayRate(cpuS: number): Measured {
    return {
        id: "sim.days",
        value: SIMULATED_S / SECONDS_A_DAY / cpuS,
        note: `${Math.round(SIMULATED_S / cpuS).toLocaleString("en")} times real time`,
    }
}

async function plainFetch({ onProgress }: BenchContext): Promise<Measured> {
    onProgress("wire: the runtime's fetch")
    const cost = await measureWire({ entry: FETCH_ENTRY, batch: 1 })
    return { id: "wire.fetch", value: cost.bytesPerReading, note: noteOf(cost) }
}

const noteOf = ({ handshakes, readings }: WireCost) => `${handshakes} handshakes, ${readings} readings`
