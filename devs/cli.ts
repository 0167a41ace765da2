/** The process around a command: what it was given, how it ends. */
import { AirpinError } from "../certs/error.ts"
import { exitCodes, exitStatusOf } from "./commands/command.ts"
import { handleSignals } from "./commands/signals.ts"
import { outputFailure, watchOutput } from "./display/standard-output.ts"
import { Terminal } from "./display/terminal.ts"
import { HelpShown, runProgram } from "./program.ts"

const args = process.argv.slice(2)
const terminal = new Terminal({ json: args.includes("--json") })

watchOutput()
handleSignals()
process.on("uncaughtException", error => {
    fail(error)
    process.exit()
})

await runProgram(args).catch(error => {
    if (error instanceof HelpShown) process.exitCode = exitCodes.fine
    else fail(error)
})
const outputError = await outputFailure()
if (outputError && process.exitCode === exitCodes.fine)
    fail(new AirpinError("OUTPUT_FAILED", `the output could not be written: ${outputError.message}`))
// A handle that somebody forgot must not keep the process alive.
process.exit()

function fail(error: unknown): void {
    terminal.error(error)
    if (process.env.AIRPIN_TRACE) console.error(error)
    process.exitCode = exitStatusOf(error)
}
