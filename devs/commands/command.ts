/**
 * What every command shares: how it is declared, run and ended. A command's file exports its `definition`:
 *
 *     const declared = command().argument("<file>", "the file").option("--out <file>", "where it goes")
 *     export type CopyOptions = OptionsOf<typeof declared> & { file: string }
 *     export const definition = declared.action(run((terminal, file, options) => copy({ file, ...options }, terminal)))
 *
 * The types of arguments and options follow from their declaration. The exit status of what a command throws is that of the error's row; cli.ts prints it.
 */
import { type CommandUnknownOpts, Command as Definition } from "@commander-js/extra-typings"
import { asAirpinError } from "../../certs/error.ts"
import { errorRow } from "../../certs/error-codes/table.ts"
import { Terminal } from "../display/terminal.ts"

/** Does a command's work, prints to the terminal, and returns the exit status. */
export type Command<Options> = (options: Options, terminal: Terminal) => Promise<number>

/** Exit statuses of every command; those of its errors stand in certs/error-codes. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, attention: 10, refused: 20 } as const

/** Where `serve` and `device` keep devices and readings. */
export const DEFAULT_DATABASE = ".airpin/readings.db"

/** Where `edge` and `renew` keep certificates, keys and settings. */
export const DEFAULT_EDGE_FOLDER = ".airpin/edge"

/** A command without arguments and options; its name and summary come from program.ts. */
export const command = () => new Definition()

/** The options that a declared command has, with their types. */
export type OptionsOf<Declared extends { opts(): unknown }> = ReturnType<Declared["opts"]>

/** The action of a command: runs `work` with a terminal and the command's arguments, then its options. */
export function run<Values extends unknown[]>(work: (terminal: Terminal, ...values: Values) => Promise<number>) {
    return async function (this: CommandUnknownOpts, ...values: Values): Promise<void> {
        const { json, quiet } = this.optsWithGlobals()
        process.exitCode = await work(new Terminal({ json: json === true, quiet: quiet === true }), ...values)
    }
}

/** The exit status of the table; 1 for an error that airpin does not expect. */
export function exitStatusOf(error: unknown): number {
    return errorRow(asAirpinError(error).code).exit ?? exitCodes.failed
}
