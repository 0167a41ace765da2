/** npm run panel-font -- write: writes the faces of `src/panel/font` anew. npm run panel-font -- specimen FILE.png [SCALE]: draws all. */
import { encode } from "fast-png"
import { writeWhole } from "../files.ts"
import { panelFaces } from "./faces.ts"
import { fontModules } from "./modules.ts"
import { greyOf, specimen } from "./specimen.ts"

const [action, file, scale = "1"] = process.argv.slice(2)
if (action === "write") {
    for (const [name, text] of fontModules()) await writeWhole(name, text)
} else if (action === "specimen" && file) {
    await writeWhole(file, encode({ ...greyOf(specimen(panelFaces()), Number(scale)), channels: 1, depth: 8 }))
} else {
    console.error("npm run panel-font -- write | specimen FILE.png [SCALE]")
    process.exitCode = 2
}
