/**
 * Writes a stand-in for a stock runtime, with its layout and size, to try `airpin image` where none can
 * be downloaded: npx tsx test/support/stand-in-runtime.ts FILE
 */
import { writeFile } from "node:fs/promises"
import { buildFirmware } from "./firmware-image.ts"

const [file] = process.argv.slice(2)
if (!file) throw new Error("the command needs a file name")
await writeFile(file, buildFirmware())
