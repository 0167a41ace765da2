/**
 * Pulls the chain that a server presents, with `openssl s_client -showcerts`:
 * anyone can run the same command and compare.
 *
 * This file starts processes; nothing else in certs/ does.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process"
import { isIPv6 } from "node:net"
import type { Readable } from "node:stream"
import { AirpinError } from "../error.ts"
import type { Certificate } from "../x509/certificate.ts"
import { isIpAddress, requireServerName } from "../x509/server-name.ts"
import { endWithProcess } from "./end-with-process.ts"
import { explainFailure, readChain, type SClientOutput, timedOut, tooLarge } from "./s-client-output.ts"

/** name resolution, TCP and TLS together; devices give up on a slower server too */
const DEFAULT_TIMEOUT_MS = 10_000

/** OpenSSL accepts 100 kB of certificates (SSL_MAX_CERT_LIST_DEFAULT): 135 kB as PEM, plus their names twice */
const MAX_OUTPUT_BYTES = 256 * 1024

export interface PullOptions {
    /** DNS name or IP address, IPv6 without brackets */
    host: string
    port: number
    /** name for SNI; default: `host`; an IP address is not sent */
    serverName?: string
    /** for the whole run; default 10,000 */
    timeoutMs?: number
}

/**
 * The certificates in the order the server sends them, not yet verified.
 *
 * The handshake is OpenSSL's, not the chip's: it also offers TLS 1.3 and RSA-PSS. A
 * server that chooses its chain by what the client offers may send the chip another one.
 *
 * @throws AirpinError SERVER_NAME_INVALID, PORT_INVALID, OPENSSL_MISSING, HOST_NOT_FOUND, CONNECTION_REFUSED,
 * CONNECTION_TIMED_OUT, CONNECTION_FAILED, NO_TLS, NO_CERTIFICATE, TLS_REFUSED, CHAIN_TOO_LARGE, CERTIFICATE_MALFORMED
 */
export async function pullChain(options: PullOptions): Promise<Certificate[]> {
    const { stdout, stderr, stopped } = await run(clientArguments(options), options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    const chain = readChain(stdout)
    if (chain) return chain
    const endpoint = endpointOf(options)
    if (stopped === "size")
        throw tooLarge(endpoint, `openssl printed more than ${MAX_OUTPUT_BYTES} bytes without a complete chain`)
    if (stopped === "time")
        throw timedOut(endpoint, `no TLS response within ${options.timeoutMs ?? DEFAULT_TIMEOUT_MS} ms`)
    throw explainFailure({ stdout, stderr, endpoint })
}

function clientArguments(options: PullOptions): string[] {
    const { host, port, serverName = host } = options
    requireServerName(host)
    requireServerName(serverName)
    requirePort(port)
    const sni = isIpAddress(serverName) ? [] : ["-servername", serverName] // RFC 6066, 3: no addresses
    return ["s_client", "-showcerts", "-connect", endpointOf(options), ...sni]
}

function endpointOf({ host, port }: PullOptions): string {
    return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

function requirePort(port: number): void {
    if (Number.isInteger(port) && port >= 1 && port <= 65535) return
    throw new AirpinError("PORT_INVALID", `${port} is not a TCP port`)
}

interface Run extends Pick<SClientOutput, "stdout" | "stderr"> {
    /** why the process was killed; absent when it exited by itself */
    stopped?: "time" | "size"
}

/** Runs openssl without a shell and without input; kills it at the timeout or the output limit. */
function run(args: string[], timeoutMs: number): Promise<Run> {
    return new Promise((resolve, reject) => {
        const child = endWithProcess(
            spawn("openssl", args, { stdio: ["ignore", "pipe", "pipe"], env: plainEnvironment() }),
        )
        const output = { stdout: "", stderr: "" }
        let stopped: Pick<Run, "stopped"> = {}
        const stop = (why: "time" | "size") => {
            if (!child.killed) stopped = { stopped: why }
            child.kill("SIGKILL")
        }
        const timer = setTimeout(stop, timeoutMs, "time")
        collect(child, output, () => stop("size"))
        child.on("error", cause => {
            clearTimeout(timer)
            reject(cannotRun(cause))
        })
        child.on("close", () => {
            clearTimeout(timer)
            resolve({ ...output, ...stopped })
        })
    })
}

type Child = ChildProcessByStdio<null, Readable, Readable>

/** Collects at most MAX_OUTPUT_BYTES in `output`; calls `full` when there is more. */
function collect(child: Child, output: { stdout: string; stderr: string }, full: () => void): void {
    for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("latin1") // one character per byte; certificates are ASCII
        child[name].on("data", (text: string) => {
            const room = MAX_OUTPUT_BYTES - output.stdout.length - output.stderr.length
            output[name] += text.slice(0, room)
            if (text.length > room) full()
        })
    }
}

function plainEnvironment(): NodeJS.ProcessEnv {
    return { ...process.env, LC_ALL: "C" } // messages in English
}

function cannotRun(cause: Error): AirpinError {
    return new AirpinError("OPENSSL_MISSING", `openssl cannot be run: ${cause.message}`, { cause })
}
