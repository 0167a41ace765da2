import { bytesText } from "../display/terminal.ts"
import { buildFirmware, unpackPackages } from "../vm/firmware.ts"
import { type Command, command, exitCodes, run } from "./command.ts"

export const definition = command().action(run(terminal => build({}, terminal)))

/** `airpin build`: compiles the firmware and shows its size. */
const build: Command<object> = async (_options, terminal) => {
    terminal.progress("compiling src/main.ts …")
    const { bytecode, cached } = await buildFirmware()
    await unpackPackages()
    terminal.line("firmware", `${bytesText(bytecode.length)} of bytecode${cached ? " (unchanged)" : ""}`)
    terminal.result({ bytecodeBytes: bytecode.length, cached })
    return exitCodes.fine
}
