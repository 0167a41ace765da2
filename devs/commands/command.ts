import type { Terminal } from "../display/terminal.ts"

/** A verb: does its work, tells it to the terminal, gives the exit code. */
export type Command<Options> = (options: Options, terminal: Terminal) => Promise<number>

/** Exit codes of every verb. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, attention: 10, refused: 20 } as const
