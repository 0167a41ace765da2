import { AirpinError } from "../../certs/error.ts"
import { type ErrorCode, errorAreas, errorRow, isErrorCode } from "../../certs/error-codes/table.ts"
import { type Terminal, tableText } from "../display/terminal.ts"
import { type Command, command, exitCodes, run } from "./command.ts"

export const definition = command()
    .argument("[code]", "only this one")
    .action(run((terminal, code) => errors({ code }, terminal)))

/** `airpin errors`: the table of error codes, or one row of it. */
const errors: Command<{ code: string | undefined }> = async ({ code }, terminal) => {
    if (code === undefined) showAll(terminal)
    else showOne(knownCode(code), terminal)
    return exitCodes.fine
}

/** @throws AirpinError ERROR_CODE_UNKNOWN */
function knownCode(text: string): ErrorCode {
    const code = text.toUpperCase()
    if (isErrorCode(code)) return code
    throw new AirpinError("ERROR_CODE_UNKNOWN", `there is no error code ${JSON.stringify(text)}`)
}

function showOne(code: ErrorCode, terminal: Terminal): void {
    const { exit, http, what, next } = errorRow(code)
    terminal.line("code", code)
    if (exit !== undefined) terminal.line("exit", String(exit))
    if (http !== undefined) terminal.line("http", String(http))
    terminal.line("what", what)
    terminal.line("next", next)
    terminal.result({ code, ...errorRow(code) })
}

function showAll(terminal: Terminal): void {
    const codes = Object.values(errorAreas)
        .flatMap(area => Object.keys(area))
        .filter(isErrorCode)
    const rows = codes.map(code => {
        const { exit = "", http = "", what, next } = errorRow(code)
        return [code, String(exit), String(http), `${what} Next: ${next}.`]
    })
    const lines = tableText([["CODE", "EXIT", "HTTP", "WHAT HAPPENED, AND THE NEXT STEP"], ...rows])
    if (!terminal.json) terminal.text(`${lines.join("\n")}\n`)
    terminal.result(codes.map(code => ({ code, ...errorRow(code) })))
}
