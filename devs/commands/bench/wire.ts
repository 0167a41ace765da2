import { tableText } from "../../display/terminal.ts"
import { withResources } from "../../resources.ts"
import { Room } from "../../sim/air/room.ts"
import { VirtualClock } from "../../sim/clock.ts"
import { Scd4x } from "../../sim/sensors/scd4x.ts"
import { simulate } from "../../sim/simulation.ts"
import { startLocalService } from "../../testbed/local-service.ts"
import { buildFirmware } from "../../vm/firmware.ts"
import { type Command, command, exitCodes, run } from "../command.ts"

export const benchWire = command()
    .name("wire")
    .description("bytes per reading on the wire: plain fetch, batches of 5 and of 15")
    .action(run(terminal => measureWire({}, terminal)))

/** ten hours of one reading a minute, from a Monday morning on */
const START_MS = Date.UTC(2026, 0, 5, 8)
const SIMULATED_MS = 10 * 3_600_000

/** the program that the others are compared with */
const FETCH = "fetch, one post per reading"

/** The programs to compare: plain fetch, and the firmware with its default batch and a larger one. */
const programs = [
    { name: FETCH, entry: "devs/bench/fetch-baseline.ts", batch: 1 },
    { name: "airpin, batch of 5", entry: "src/main.ts", batch: 5 },
    { name: "airpin, batch of 15", entry: "src/main.ts", batch: 15 },
]

/** `airpin bench wire`: TCP payload both ways, TLS handshakes included, for each reading that the server has. */
const measureWire: Command<object> = async (_options, terminal) => {
    const results = []
    for (const program of programs) {
        terminal.progress(`${program.name} …`)
        results.push({ name: program.name, ...(await measure(program)) })
    }
    const plain = results.find(({ name }) => name === FETCH)?.bytesPerReading ?? Number.NaN
    const rows = results.map(({ name, readings, handshakes, bytesPerReading }) => [
        name,
        String(readings),
        String(handshakes),
        bytesPerReading.toFixed(1),
        `1/${(plain / bytesPerReading).toFixed(0)}`,
    ])
    for (const row of tableText([["PROGRAM", "READINGS", "HANDSHAKES", "BYTES PER READING", ""], ...rows]))
        terminal.line("", row)
    terminal.result(results)
    return exitCodes.fine
}

function measure({ entry, batch }: { entry: string; batch: number }) {
    return withResources(async resources => {
        const directory = resources.temporaryFolder("bench")
        const clock = new VirtualClock(START_MS)
        const service = await startLocalService({
            directory,
            databaseDirectory: directory,
            now: () => clock.now(),
            monotonicS: () => clock.now() / 1000,
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
        const summary = await simulate({ clock, bundle: service.bundle, devices: [device], seed: 1, until })
        const { acknowledged, handshakes, bytesUp, bytesDown } = summary
        return { readings: acknowledged, handshakes, bytesPerReading: (bytesUp + bytesDown) / acknowledged }
    })
}
