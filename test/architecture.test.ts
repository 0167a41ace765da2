import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"

/**
 * What the files of each part may import, besides packages and their own part.
 * A file belongs to the deepest part that contains it. `part/*` means the files
 * directly in that folder, `part` also those below it.
 */
const allowed: Record<string, string[]> = {
    src: ["src"],
    "src/boot": ["src/*"],
    "src/outbox": ["src/*", "src/boot"],
    "src/sensors": ["src/*"],
    "src/uplink": ["src/*", "src/boot", "src/outbox", "src/sensors"],
    "src/panel": ["src"],
    certs: ["certs/bundle", "certs/chip", "certs/error-codes", "certs/x509"],
    "certs/error-codes": [],
    "certs/x509": ["certs/error.ts", "certs/sha256.ts"],
    "certs/bundle": ["certs/x509", "certs/error.ts", "certs/sha256.ts"],
    "certs/chip": ["certs/x509"],
    "devs/files.ts": ["certs/error.ts", "certs/replace-file.ts"],
    "devs/resources.ts": ["certs/pull"],
    "devs/local-page.ts": ["certs/error.ts"],
    "devs/vm": ["certs", "devs/files.ts"],
    "devs/image": ["certs", "devs/vm", "devs/files.ts"],
    "devs/image/manifest": ["certs", "devs/image/*", "devs/files.ts"],
    "devs/image/settings": ["certs", "src/wire.ts", "devs/image/*", "devs/files.ts"],
    "devs/image/runtime": ["certs", "devs/image/*", "devs/vm", "devs/files.ts"],
    "devs/pins": ["certs", "devs/image", "devs/files.ts", "devs/resources.ts"],
    "devs/edge": ["certs", "devs/image", "devs/pins", "devs/files.ts", "devs/resources.ts"],
    "devs/flash": ["certs", "devs/image", "devs/local-page.ts"],
    "devs/fleet": [
        "certs",
        "devs/api",
        "devs/fleet/flashing",
        "devs/fleet/list",
        "devs/flash",
        "devs/image",
        "devs/pins",
        "devs/vm",
        "devs/files.ts",
    ],
    "devs/fleet/web": ["certs", "devs/fleet/*", "devs/fleet/list", "devs/image", "devs/files.ts", "devs/local-page.ts"],
    "devs/fleet/flashing": ["certs", "devs/fleet/*", "devs/fleet/list", "devs/flash", "devs/image", "devs/files.ts"],
    "devs/fleet/list": ["certs", "devs/api", "devs/image", "devs/files.ts"],
    "devs/fleet/repin": [
        "certs",
        "devs/fleet/*",
        "devs/fleet/flashing",
        "devs/flash",
        "devs/image",
        "devs/pins",
        "devs/files.ts",
    ],
    "devs/fleet/trust": ["certs", "devs/api", "devs/edge"],
    "devs/setup": ["certs", "devs/api", "devs/image", "devs/files.ts"],
    "devs/sim": ["devs/sim"],
    "devs/sim/fleet": [
        "devs/image",
        "devs/sim/*",
        "devs/sim/air",
        "devs/sim/chip",
        "devs/sim/faults",
        "devs/sim/sensors",
    ],
    "devs/sim/air": ["certs", "devs/sim/random.ts"],
    "devs/sim/sensors": ["certs", "devs/sim/air", "devs/sim/random.ts"],
    "devs/sim/chip": ["certs", "devs/vm", "devs/image", "devs/sim/clock.ts", "devs/sim/sensors"],
    "devs/sim/panel": ["certs", "devs/vm", "devs/image"],
    "devs/sim/faults": ["certs", "devs/sim/*", "devs/sim/chip", "devs/sim/sensors"],
    "devs/api": [
        "certs",
        "src/wire.ts",
        "devs/api/access",
        "devs/api/care",
        "devs/api/contract",
        "devs/api/operate",
        "devs/api/page",
        "devs/api/pages",
        "devs/api/pins",
        "devs/api/reads",
        "devs/api/routes",
        "devs/api/school",
        "devs/api/site",
        "devs/api/store",
        "devs/api/streams",
        "devs/api/wall",
    ],
    "devs/api/access": ["certs", "devs/api/*", "devs/api/contract", "devs/api/store"],
    "devs/api/alerts": [
        "certs",
        "src/wire.ts",
        "devs/api/*",
        "devs/api/operate",
        "devs/api/pins",
        "devs/api/site",
        "devs/api/store",
    ],
    "devs/api/care": [
        "certs",
        "src/wire.ts",
        "devs/api/*",
        "devs/api/access",
        "devs/api/alerts",
        "devs/api/contract",
        "devs/api/pins",
        "devs/api/store",
    ],
    "devs/api/pins": ["certs", "devs/api/*", "devs/api/contract", "devs/api/operate", "devs/api/store"],
    "devs/api/mqtt": ["certs", "src/wire.ts", "devs/api/*", "devs/api/store"],
    "devs/api/page": [
        "src/wire.ts",
        "devs/api/client",
        "devs/api/insights",
        "devs/api/school",
        "devs/api/site",
        "devs/api/wall",
    ],
    "devs/api/pages": [
        "certs",
        "devs/api/*",
        "devs/api/access",
        "devs/api/contract",
        "devs/api/page",
        "devs/api/reads",
        "devs/api/routes",
        "devs/api/school",
        "devs/api/site",
        "devs/api/store",
    ],
    "devs/api/client": ["certs", "devs/api/*", "devs/api/store"],
    "devs/api/contract": ["certs", "devs/api/*", "devs/api/access", "devs/api/reads", "devs/api/store"],
    "devs/api/insights": [
        "src/wire.ts",
        "devs/api/*",
        "devs/api/care",
        "devs/api/school",
        "devs/api/site",
        "devs/api/store",
        "devs/api/wall",
    ],
    "devs/api/maintenance": ["certs", "devs/api/store"],
    "devs/api/operate": [
        "certs",
        "devs/api/*",
        "devs/api/contract",
        "devs/api/reads",
        "devs/api/site",
        "devs/api/store",
    ],
    "devs/api/reads": [
        "certs",
        "devs/api/*",
        "devs/api/insights",
        "devs/api/school",
        "devs/api/site",
        "devs/api/store",
        "devs/api/wall",
    ],
    "devs/api/retention": ["certs", "devs/api/*", "devs/api/store"],
    "devs/api/routes": [
        "certs",
        "src/wire.ts",
        "devs/api/*",
        "devs/api/contract",
        "devs/api/insights",
        "devs/api/reads",
        "devs/api/school",
        "devs/api/store",
        "devs/api/wall",
    ],
    "devs/api/school": ["devs/api/site", "devs/api/store"],
    "devs/api/site": ["certs", "src/wire.ts", "devs/api/*", "devs/api/contract", "devs/api/store"],
    "devs/api/streams": [
        "certs",
        "devs/api/contract",
        "devs/api/reads",
        "devs/api/routes",
        "devs/api/store",
        "devs/api/wall",
    ],
    "devs/api/store": ["certs/error.ts", "certs/error-codes", "src/wire.ts"],
    "devs/api/wall": ["certs", "devs/api/*", "devs/api/site", "devs/api/store"],
    "devs/testbed": [
        "certs",
        "src/wire.ts",
        "devs/api",
        "devs/image",
        "devs/sim",
        "devs/vm",
        "devs/files.ts",
        "devs/resources.ts",
    ],
    "devs/soak": [
        "certs",
        "src/wire.ts",
        "devs/api",
        "devs/image",
        "devs/sim",
        "devs/testbed",
        "devs/vm",
        "devs/files.ts",
        "devs/resources.ts",
    ],
    "devs/display": [
        "certs",
        "src/wire.ts",
        "devs/api",
        "devs/flash",
        "devs/fleet",
        "devs/image",
        "devs/pins",
        "devs/sim",
        "devs/soak",
        "devs/testbed",
        "devs/files.ts",
    ],
    "devs/panel-font": ["devs/files.ts"],
    "devs/panel-page": ["certs", "devs/api", "devs/sim", "devs/testbed", "devs/local-page.ts"],
    "devs/bench": [
        "certs",
        "src",
        "devs/api",
        "devs/bench/api",
        "devs/bench/edge",
        "devs/image",
        "devs/sim",
        "devs/testbed",
        "devs/vm",
        "devs/files.ts",
        "devs/resources.ts",
    ],
    "devs/bench/all": [
        "certs",
        "src/wire.ts",
        "devs/bench/*",
        "devs/bench/api",
        "devs/image",
        "devs/testbed",
        "devs/vm",
        "devs/files.ts",
        "devs/resources.ts",
    ],
    "devs/bench/api": ["certs", "src/wire.ts", "devs/api", "devs/resources.ts"],
    "devs/bench/page": ["certs", "devs/api", "devs/bench/api", "devs/resources.ts"],
    "devs/bench/edge": ["certs", "devs/bench/api", "devs/edge", "devs/resources.ts"],
}

const IMPORT = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g

/** The TypeScript files below a folder. */
function sources(folder: string): string[] {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    return names.filter(name => name.endsWith(".ts")).map(name => path.join(folder, name))
}

/** Every import of a file of this project, for each file below `folder`. */
function imports(folder: string): { file: string; target: string }[] {
    return sources(folder).flatMap(file => {
        const targets = [...readFileSync(file, "utf8").matchAll(IMPORT)].map(match =>
            path.join(path.dirname(file), match[1]!),
        )
        return targets.map(target => ({ file, target }))
    })
}

/** The deepest part that contains a file; undefined if none does. */
function partOf(file: string): string | undefined {
    return Object.keys(allowed)
        .filter(part => holds(part, file))
        .sort((a, b) => b.length - a.length)[0]
}

/** True if `name` covers `file`: as that file, as `folder/*` for one directly in it, or as a folder above it. */
function holds(name: string, file: string): boolean {
    if (name.endsWith("/*")) return path.dirname(file) === name.slice(0, -2)
    return file === name || `${file}.ts` === name || file.startsWith(`${name}/`)
}

describe("imports", () => {
    for (const [part, others] of Object.entries(allowed))
        it(`of ${part} reach only ${["itself", ...others].join(", ")}`, () => {
            const files = part.endsWith(".ts")
                ? imports(path.dirname(part)).filter(({ file }) => file === part)
                : imports(part)
            const own = files.filter(({ file }) => partOf(file) === part)
            assert.notDeepEqual(files, [])
            const forbidden = own.filter(
                ({ target }) => partOf(target) !== part && !others.some(other => holds(other, target)),
            )
            assert.deepEqual(forbidden, [])
        })

    it("have no cycle", () => {
        const graph = new Map<string, string[]>()
        for (const { file, target } of ["src", "certs", "devs"].flatMap(imports)) {
            const resolved = target.endsWith(".ts") ? target : `${target}.ts`
            graph.set(file, [...(graph.get(file) ?? []), resolved])
        }
        assert.deepEqual(findCycle(graph), undefined)
    })
})

const MAX_FILES = 25

describe("folders", () => {
    it(`have at most ${MAX_FILES} files each`, () => {
        const files = ["src", "certs", "devs", "boards", "test"]
            .flatMap(folder => readdirSync(folder, { recursive: true, withFileTypes: true }))
            .filter(entry => entry.isFile() && !entry.parentPath.startsWith("test/fixtures/"))
        const counts = new Map<string, number>()
        for (const { parentPath } of files) counts.set(parentPath, (counts.get(parentPath) ?? 0) + 1)
        assert.deepEqual(
            [...counts].filter(([, count]) => count > MAX_FILES),
            [],
        )
    })
})

describe("trust", () => {
    it("switches TLS verification of Node off only in the simulated chip, which applies the chip's own rules first", () => {
        const off = ["src", "certs", "devs", "test"]
            .flatMap(sources)
            .filter(file => /rejectUnauthorized: *false|TLS_REJECT/.test(readFileSync(file, "utf8")))
        assert.deepEqual(off, ["devs/sim/chip/tls.ts", path.join("test", "architecture.test.ts")])
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
