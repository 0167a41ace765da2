import { encodeBundle } from "../../certs/bundle.ts"
import { readLock } from "../../certs/lock.ts"
import { writeWhole } from "../write-file.ts"
import { bytesText } from "../terminal.ts"
import { exitCodes, type Verb } from "./verb.ts"

/** `airpin bundle`: the pinned anchors as the bytes that go into the flash image. */
export const bundle: Verb<{ pinned: string; out: string }> = async (options, terminal) => {
    const { anchors } = await readLock(options.pinned)
    const bytes = encodeBundle(anchors.map(anchor => anchor.certificate))
    await writeWhole(options.out, bytes)
    terminal.line("bundle", `${options.out}: ${anchors.length} anchors, ${bytesText(bytes.length)}, for ESP-IDF v5.0 to v5.3`)
    terminal.result({ file: options.out, anchors: anchors.length, sizeBytes: bytes.length })
    return exitCodes.fine
}
