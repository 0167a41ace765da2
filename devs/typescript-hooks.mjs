/** Loads TypeScript as JavaScript, which is kept in .airpin/typescript until the file changes. */
import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const folder = new URL("../.airpin/typescript/", import.meta.url)
let esbuild

/** Hook of node:module: https://nodejs.org/docs/latest-v20.x/api/module.html#loadurl-context-nextload */
export async function load(url, context, nextLoad) {
    if (!url.startsWith("file:") || !url.endsWith(".ts")) return await nextLoad(url, context)
    const path = fileURLToPath(url)
    return { format: "module", source: await javascriptOf(path, readFileSync(path)), shortCircuit: true }
}

async function javascriptOf(path, source) {
    const file = new URL(`${createHash("sha256").update(path).digest("hex").slice(0, 32)}.js`, folder)
    const madeFrom = `//${createHash("sha256").update(process.version).update(source).digest("hex")}`
    const kept = read(file)
    if (kept?.endsWith(madeFrom)) return kept
    esbuild ??= await import("esbuild")
    const { code } = await esbuild.transform(source, {
        loader: "ts",
        format: "esm",
        sourcefile: path,
        target: `node${process.versions.node}`,
        sourcemap: "inline",
        sourcesContent: false,
    })
    keep(file, code + madeFrom)
    return code
}

function read(file) {
    try {
        return readFileSync(file, "utf8")
    } catch {
        return undefined // made below
    }
}

/** In one step, as other processes read it; where the folder cannot be written, each process transforms anew. */
function keep(file, code) {
    const whole = new URL(`${file.href}.${process.pid}`)
    try {
        mkdirSync(folder, { recursive: true })
        writeFileSync(whole, code)
        renameSync(whole, file)
    } catch {
        // it is only slower
    }
}
