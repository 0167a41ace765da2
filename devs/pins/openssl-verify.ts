/** Verifies a chain with the openssl program. This file starts a process and writes to a temporary folder. */
import { execFile } from "node:child_process"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import type { OpensslVerdict } from "../../certs/openssl-comparison.ts"
import { endWithProcess } from "../../certs/pull/end-with-process.ts"
import { type Certificate, toPem } from "../../certs/x509/certificate.ts"
import { isIpAddress } from "../../certs/x509/server-name.ts"
import { withResources } from "../resources.ts"

/** it reads three small files: after this time it hangs */
const TIMEOUT_MS = 10_000

/**
 * The verdict of `openssl verify` with these anchors as its only trust store;
 * undefined when openssl cannot be run.
 *
 * @param presented in the order sent, leaf first
 */
export async function verifyWithOpenssl(
    presented: Certificate[],
    anchors: Certificate[],
    serverName: string,
): Promise<OpensslVerdict | undefined> {
    return withResources(async resources => {
        const folder = resources.temporaryFolder("verify")
        await write(path.join(folder, "leaf.pem"), presented.slice(0, 1))
        await write(path.join(folder, "others.pem"), presented.slice(1))
        await write(path.join(folder, "anchors.pem"), anchors)
        return run(folder, argumentsFor(presented.length > 1, anchors.length > 0, serverName))
    })
}

const write = (file: string, certificates: Certificate[]) => writeFile(file, certificates.map(toPem).join(""))

function argumentsFor(hasOthers: boolean, hasAnchors: boolean, serverName: string): string[] {
    const name = isIpAddress(serverName) ? ["-verify_ip", serverName] : ["-verify_hostname", serverName]
    const others = hasOthers ? ["-untrusted", "others.pem"] : []
    const trust = ["-no-CApath", "-no-CAstore", ...(hasAnchors ? ["-CAfile", "anchors.pem"] : ["-no-CAfile"])]
    return ["verify", ...trust, ...others, "-purpose", "sslserver", ...name, "leaf.pem"]
}

function run(folder: string, args: string[]): Promise<OpensslVerdict | undefined> {
    const options = { cwd: folder, timeout: TIMEOUT_MS, env: { ...process.env, LC_ALL: "C" } }
    return new Promise(resolve =>
        endWithProcess(
            execFile("openssl", args, options, (error, _, stderr) => resolve(readVerdict(error?.code, stderr))),
        ),
    )
}

/** Exit code 0 or 2, with the reason on stderr as `error 20 at 0 depth lookup: unable to get …`. */
function readVerdict(code: unknown, stderr: string): OpensslVerdict | undefined {
    if (code === undefined) return { accepted: true }
    const error = /^error \d+ at \d+ depth lookup: *(.+)$/m.exec(stderr)?.[1]
    return error === undefined ? undefined : { accepted: false, error }
}
