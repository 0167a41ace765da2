/** The scripts and style sheets of the pages: a file of each for a page, made when the first one is asked for. */
import { createHash } from "node:crypto"
import path from "node:path"

export const areas = ["wall", "care", "room", "school", "access"] as const
export type Area = (typeof areas)[number]

export interface Asset {
    type: string
    text: string
    etag: string
}

const pageRoot = path.join(import.meta.dirname, "../page")
const types = { ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" }

let assets: Promise<Map<string, Asset>> | undefined

/** @param name "wall.js"; @returns undefined if there is no such file */
export async function pageAsset(name: string): Promise<Asset | undefined> {
    assets ??= bundle()
    return (await assets).get(name)
}

async function bundle(): Promise<Map<string, Asset>> {
    const { build } = await import("esbuild")
    const { outputFiles } = await build({
        entryPoints: areas.flatMap(area => [
            { in: path.join(pageRoot, area, "main.ts"), out: area },
            { in: path.join(pageRoot, area, `${area}.css`), out: area },
        ]),
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2022",
        legalComments: "none",
        outdir: pageRoot,
        logLevel: "error",
    })
    return new Map(outputFiles.map(({ path: file, text }) => [path.basename(file), asset(file, text)]))
}

function asset(file: string, text: string): Asset {
    const type = path.extname(file) === ".js" ? types[".js"] : types[".css"]
    return { type, text, etag: `"${createHash("sha256").update(text).digest("hex").slice(0, 16)}"` }
}
