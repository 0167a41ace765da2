/** PEM to bundle: airpin beside Python's cryptography, which ESP-IDF's gen_crt_bundle.py uses. */
import { execFile } from "node:child_process"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { rootCertificates } from "node:tls"
import { fileURLToPath } from "node:url"
import { encodeBundle } from "../../certs/bundle/bundle.ts"
import { endWithProcess } from "../../certs/pull/end-with-process.ts"
import { sha256Of } from "../../certs/sha256.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { withResources } from "../resources.ts"
import { isrgRoots, RUNS, timesOf } from "./runs.ts"

/** a hundred times the duration on the slowest machine */
const PYTHON_TIMEOUT_MS = 60_000
/** exit status of bundle.py where python-cryptography is not installed */
const NOT_INSTALLED = 3

const script = fileURLToPath(new URL("bundle.py", import.meta.url))

/** Durations of one program for one set of certificates. */
export interface BundleTimes {
    firstMs: number
    medianMs: number
    /** of the bundle */
    sha256: string
}

export interface BundleCost {
    name: string
    certificates: number
    sizeBytes: number
    airpin: BundleTimes
    /** undefined where python3 or its cryptography is not installed */
    python: (BundleTimes & { version: string }) | undefined
}

/** Of all of Node's roots, and of one host's anchors. */
export async function measureBundles(onSet: (name: string) => void): Promise<BundleCost[]> {
    const sets = { "all of Node's roots": () => rootCertificates.join("\n"), "one host's anchors": isrgRoots }
    const results = []
    for (const [name, pemOf] of Object.entries(sets)) {
        onSet(name)
        const pem = pemOf()
        results.push({ name, ...measure(pem), python: await measurePython(pem) })
    }
    return results
}

function measure(pem: string) {
    const times = Array.from({ length: RUNS }, () => {
        const start = performance.now()
        encodeBundle(parsePem(pem))
        return performance.now() - start
    })
    const bundle = encodeBundle(parsePem(pem))
    return {
        certificates: parsePem(pem).length,
        sizeBytes: bundle.length,
        airpin: { ...timesOf(times), sha256: sha256Of(bundle) },
    }
}

async function measurePython(pem: string): Promise<BundleCost["python"]> {
    return withResources(async resources => {
        const file = path.join(resources.temporaryFolder("bench"), "certificates.pem")
        await writeFile(file, pem)
        const output = await runPython([script, file, String(RUNS)])
        if (output === undefined) return undefined
        const { ms, sha256, version } = JSON.parse(output) as { ms: number[]; sha256: string; version: string }
        return { ...timesOf(ms), sha256, version }
    })
}

function runPython(args: string[]): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
        const python = execFile("python3", args, { timeout: PYTHON_TIMEOUT_MS }, (error, stdout) => {
            if (error?.code === "ENOENT" || (error?.code as unknown) === NOT_INSTALLED) resolve(undefined)
            else if (error) reject(error)
            else resolve(stdout)
        })
        endWithProcess(python)
    })
}
