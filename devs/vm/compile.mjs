/** Compiles one program into the build cache, in a process of its own: node devs/vm/compile.mjs src/main.ts */
import "../typescript.mjs"

const { buildFirmware } = await import("./firmware.ts")
await buildFirmware(process.argv[2])
