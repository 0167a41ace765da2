import { execFile } from "node:child_process"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { rootCertificates } from "node:tls"
import { fileURLToPath } from "node:url"
import { encodeBundle } from "../../../certs/bundle/bundle.ts"
import { endWithProcess } from "../../../certs/pull/end-with-process.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { tableText } from "../../display/terminal.ts"
import { withResources } from "../../resources.ts"
import { type Command, command, exitCodes, run } from "../command.ts"
import { isrgRoots, RUNS, timesOf } from "./runs.ts"

export const benchPin = command()
    .name("pin")
    .description("time to make a bundle, beside Python's cryptography where it is installed")
    .action(run(terminal => measurePin({}, terminal)))

/** a hundred times the duration on the slowest machine */
const PYTHON_TIMEOUT_MS = 60_000
/** exit status of bundle.py where python-cryptography is not installed */
const NOT_INSTALLED = 3

const script = fileURLToPath(new URL("../../bench/bundle.py", import.meta.url))

/** Durations of one program for one set of certificates. */
interface Times {
    firstMs: number
    medianMs: number
    sha256: string
}

/** `airpin bench pin`: times PEM to bundle in airpin and in Python's cryptography, and compares the bytes. */
const measurePin: Command<object> = async (_options, terminal) => {
    const sets = { "all of Node's roots": () => rootCertificates.join("\n"), "one host's anchors": isrgRoots }
    const results = []
    for (const [name, pemOf] of Object.entries(sets)) {
        terminal.progress(`${name} …`)
        const pem = pemOf()
        results.push({ name, ...measure(pem), python: await measurePython(pem) })
    }
    const head = [
        "BUNDLE OF",
        "CERTIFICATES",
        "BYTES",
        "AIRPIN FIRST",
        "AIRPIN",
        "PYTHON FIRST",
        "PYTHON",
        "SAME BYTES",
    ]
    for (const line of tableText([head, ...results.map(rowOf)])) terminal.line("", line)
    terminal.result(results)
    return exitCodes.fine
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

/** Undefined where python3 or its cryptography is not installed. */
async function measurePython(pem: string): Promise<Times | undefined> {
    return withResources(async resources => {
        const file = path.join(resources.temporaryFolder("bench"), "certificates.pem")
        await writeFile(file, pem)
        const output = await runPython([script, file, String(RUNS)])
        if (output === undefined) return undefined
        const { ms, sha256 } = JSON.parse(output) as { ms: number[]; sha256: string }
        return { ...timesOf(ms), sha256 }
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

function rowOf({
    name,
    certificates,
    sizeBytes,
    airpin,
    python,
}: ReturnType<typeof measure> & { name: string; python: Times | undefined }) {
    const msText = (ms: number) => `${ms.toFixed(1)} ms`
    const pythonCells = python ? [msText(python.firstMs), msText(python.medianMs)] : ["not installed", "not installed"]
    const same = python ? (python.sha256 === airpin.sha256 ? "yes" : "NO") : ""
    return [
        name,
        String(certificates),
        String(sizeBytes),
        msText(airpin.firstMs),
        msText(airpin.medianMs),
        ...pythonCells,
        same,
    ]
}
