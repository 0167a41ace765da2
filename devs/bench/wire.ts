/** Bytes and handshakes that a reading costs on the wire: a simulated device and the real API. */
import { withResources } from "../resources.ts"
import { Room } from "../sim/air/room.ts"
import { VirtualClock } from "../sim/clock.ts"
import { Scd4x } from "../sim/sensors/scd4x.ts"
import { simulate } from "../sim/simulation.ts"
import { type LocalApiOptions, startLocalService } from "../testbed/local-service.ts"
import { buildFirmware } from "../vm/firmware.ts"

export interface WireLoad {
    /** main file of the device's program, relative to the project */
    entry: string
    /** readings in a post */
    batch: number
    /** serves the API; as `serve` of devs/api if absent */
    listen?: LocalApiOptions["listen"]
}

/** TCP payload both ways, TLS handshakes included. */
export interface WireCost {
    /** that the server has */
    readings: number
    handshakes: number
    bytesPerReading: number
}

/** ten hours of one reading a minute, from a Monday morning on */
const START_MS = Date.UTC(2026, 0, 5, 8)
const SIMULATED_MS = 10 * 3_600_000

export function measureWire({ entry, batch, listen }: WireLoad): Promise<WireCost> {
    return withResources(async resources => {
        const directory = resources.temporaryFolder("bench")
        const clock = new VirtualClock(START_MS)
        const service = await startLocalService({
            directory,
            databaseDirectory: directory,
            now: () => clock.now(),
            monotonicS: () => clock.now() / 1000,
            ...(listen && { listen }),
        })
        resources.add(service.close)
        const { bytecode } = await buildFirmware(entry)
        const settings = { API_URL: service.url, API_TOKEN: await service.tokenFor("bench"), BATCH: String(batch) }
        const air = new Room({ seed: 1, startMs: START_MS })
        const device = {
            id: "bench",
            memory: { bytecode, settings },
            sensors: [new Scd4x({ air, poweredAtMs: START_MS })],
        }
        const until = () => clock.now() >= START_MS + SIMULATED_MS
        const summary = await simulate({
            ...{ clock, bundle: service.bundle, devices: [device], seed: 1, watchHeap: false, until },
        })
        const { acknowledged, handshakes, bytesUp, bytesDown } = summary
        return { readings: acknowledged, handshakes, bytesPerReading: (bytesUp + bytesDown) / acknowledged }
    })
}
