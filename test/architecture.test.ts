import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"

/** What the files of each part may import, besides packages and their own part. */
const allowed: Record<string, string[]> = {
    src: [],
    certs: [],
    "devs/vm": ["certs", "devs/write-file.ts"],
    "devs/image": ["certs", "devs/vm", "devs/write-file.ts"],
    "devs/flash": ["certs", "devs/image"],
    "devs/sim": ["certs", "devs/vm", "devs/image"],
    "devs/api": ["certs", "src/reading.ts"],
    "devs/bench": ["src"],
}

const IMPORT = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g

/** The TypeScript files below a folder. */
function sources(folder: string): string[] {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    return names.filter(name => name.endsWith(".ts")).map(name => path.join(folder, name))
}

/** Each file below `folder`, and what of this project it imports. */
function imports(folder: string): { file: string; target: string }[] {
    return sources(folder).flatMap(file => {
        const targets = [...readFileSync(file, "utf8").matchAll(IMPORT)].map(match => path.join(path.dirname(file), match[1]!))
        return targets.map(target => ({ file, target }))
    })
}

describe("the arrows of the design", () => {
    for (const [part, others] of Object.entries(allowed))
        it(`${part} reaches only ${["itself", ...others].join(", ")}`, () => {
            const within = [part, ...others]
            const strays = imports(part).filter(({ target }) => !within.some(other => target === other || target.startsWith(`${other}/`)))
            assert.deepEqual(strays, [])
        })

    it("has no import cycle", () => {
        const graph = new Map<string, string[]>()
        for (const { file, target } of ["src", "certs", "devs"].flatMap(imports)) {
            const resolved = target.endsWith(".ts") ? target : `${target}.ts`
            graph.set(file, [...(graph.get(file) ?? []), resolved])
        }
        assert.deepEqual(findCycle(graph), undefined)
    })
})

describe("trust", () => {
    it("has one place where TLS is not verified by its engine, because the chip's rules have spoken before", () => {
        const off = ["src", "certs", "devs", "test"].flatMap(sources).filter(file => /rejectUnauthorized: *false|TLS_REJECT/.test(readFileSync(file, "utf8")))
        assert.deepEqual(off, ["devs/sim/chip-tls.ts", path.join("test", "architecture.test.ts")])
    })
})

function findCycle(graph: Map<string, string[]>): string[] | undefined {
    const done = new Set<string>()
    const visit = (file: string, trail: string[]): string[] | undefined => {
        if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
        if (done.has(file)) return undefined
        for (const target of graph.get(file) ?? []) {
            const cycle = visit(target, [...trail, file])
            if (cycle) return cycle
        }
        done.add(file)
        return undefined
    }
    for (const file of graph.keys()) {
        const cycle = visit(file, [])
        if (cycle) return cycle
    }
    return undefined
}
