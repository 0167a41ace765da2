import { Terminal } from "../../display/terminal.ts"

/** Shows what a part of a command shows, but not its result: --json prints one document for the whole command. */
export class PartTerminal extends Terminal {
    override result(): void {}
}
