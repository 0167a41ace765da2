import { measureWire } from "../../bench/wire.ts"
import { tableText } from "../../display/terminal.ts"
import { type Command, command, exitCodes, run } from "../command.ts"

export const benchWire = command()
    .name("wire")
    .description("bytes per reading on the wire: plain fetch, batches of 5 and of 15")
    .action(run(terminal => benchmarkWire({}, terminal)))

/** the program that the others are compared with */
const FETCH = "fetch, one post per reading"

/** The programs to compare: plain fetch, and the firmware with its default batch and a larger one. */
const programs = [
    { name: FETCH, entry: "devs/bench/fetch-baseline.ts", batch: 1 },
    { name: "airpin, batch of 5", entry: "src/main.ts", batch: 5 },
    { name: "airpin, batch of 15", entry: "src/main.ts", batch: 15 },
]

/** `airpin bench wire`: TCP payload both ways, TLS handshakes included, for each reading that the server has. */
const benchmarkWire: Command<object> = async (_options, terminal) => {
    const results = []
    for (const program of programs) {
        terminal.progress(`${program.name} …`)
        results.push({ name: program.name, ...(await measureWire(program)) })
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
