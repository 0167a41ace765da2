import { measureImage } from "../../bench/image.ts"
import { bytesText, tableText } from "../../display/terminal.ts"
import { type Command, command, exitCodes, type OptionsOf, run } from "../command.ts"

const declared = command()
    .name("image")
    .description("time to make an image, and to pin it again")
    .option("--board <id>", "for this board", "m5stack_core")
    .option("--firmware <file>", "the runtime (default: the one that airpin image downloads)")

type BenchImageOptions = OptionsOf<typeof declared>

export const benchImage = declared.action(run((terminal, options) => benchmarkImage(options, terminal)))

/** `airpin bench image`: time to make an image and to pin it again, without network and the start of Node.js. */
const benchmarkImage: Command<BenchImageOptions> = async (options, terminal) => {
    const { runtime, made, repinned } = await measureImage(options.board, options.firmware)
    terminal.line("runtime", `${runtime.name}, ${bytesText(runtime.bytes.length)}`)
    for (const line of tableText([
        ["", "FIRST", "LATER"],
        ["image --board", ...cellsOf(made)],
        ["image --repin", ...cellsOf(repinned)],
    ]))
        terminal.line("", line)
    terminal.result({ runtime: runtime.name, sizeBytes: runtime.bytes.length, image: made, repin: repinned })
    return exitCodes.fine
}

const cellsOf = ({ firstMs, medianMs }: { firstMs: number; medianMs: number }) =>
    [firstMs, medianMs].map(ms => `${Math.round(ms)} ms`)
