import { createHash } from "node:crypto"
import { bytesText } from "../display/terminal.ts"
import { chips } from "../image/chip.ts"
import { heapBudgets, proxyHeads, worstHeap } from "../testbed/worst-heap.ts"
import { builtOnce } from "../vm/build-cache.ts"
import { buildFirmware, unpackPackages } from "../vm/firmware.ts"
import { functionsEnd, MAX_FUNCTIONS_END } from "../vm/function-bytecode.ts"
import { type Command, command, exitCodes, run } from "./command.ts"

export const definition = command().action(run(terminal => build({}, terminal)))

/** `airpin build`: compiles the firmware, and shows its size and its heap in the worst case. */
const build: Command<object> = async (_options, terminal) => {
    terminal.progress("compiling src/main.ts …")
    const { bytecode, cached } = await buildFirmware()
    await unpackPackages()
    const functionBytes = functionsEnd(bytecode)
    terminal.line(
        "firmware",
        `${bytesText(bytecode.length)} of bytecode${cached ? " (unchanged)" : ""}; functions end at ${exactText(functionBytes)} of ${exactText(MAX_FUNCTIONS_END)}`,
    )
    const heapPeakBytes = await heapPeaks(bytecode, chip => terminal.progress(`measuring the heap of the ${chip} …`))
    for (const chip of measuredChips)
        terminal.line(
            "heap",
            `${chip}: at most ${exactText(heapPeakBytes[chip])} of ${exactText(chips[chip].heapBytes)}; budget ${exactText(heapBudgets[chip])}`,
        )
    terminal.result({ bytecodeBytes: bytecode.length, functionBytes, heapPeakBytes, cached })
    return exitCodes.fine
}

const exactText = (bytes: number) => `${bytes.toLocaleString("en")} B`

const measuredChips = ["esp32", "esp32s2"] as const
type HeapPeaks = Record<(typeof measuredChips)[number], number>

/** The worst case of each size of heap, bytes; measured once for each program. */
async function heapPeaks(bytecode: Buffer, onChip: (chip: string) => void): Promise<HeapPeaks> {
    const { bytes } = await builtOnce(createHash("sha256").update("heap").update(bytecode), ".json", async () => {
        const peaks: HeapPeaks = { esp32: 0, esp32s2: 0 }
        for (const chip of measuredChips) {
            onChip(chip)
            peaks[chip] = (await worstHeap(bytecode, chip, proxyHeads["many short headers"])).peakBytes
        }
        return Buffer.from(JSON.stringify(peaks))
    })
    return JSON.parse(bytes.toString()) as HeapPeaks
}
