/**
 * Runs `openssl s_client -showcerts`: anyone can run the same command and compare.
 *
 * This file starts processes; nothing else in certs/ does.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process"
import { isIPv6 } from "node:net"
import type { Readable } from "node:stream"
import { AirpinError } from "../error.ts"
import { isIpAddress, requireServerName } from "../x509/server-name.ts"
import { endWithProcess } from "./end-with-process.ts"
import type { SClientOutput } from "./s-client-output.ts"

/** name resolution, TCP and TLS together; devices give up on a slower server too */
const DEFAULT_TIMEOUT_MS = 10_000

/**
 * OpenSSL accepts 100 kB of certificates (SSL_MAX_CERT_LIST_DEFAULT): 135 kB as PEM, 300 kB as -msg prints them, and
 * their names twice
 */
const MAX_OUTPUT_BYTES = 512 * 1024

export interface PullOptions {
    /** DNS name or IP address, IPv6 without brackets */
    host: string
    port: number
    /** name for SNI; default: `host`; an IP address is not sent */
    serverName?: string
    /** connect to this address of the host; default: OpenSSL resolves the host */
    address?: string
    /** the server in messages; default: HOST:PORT */
    label?: string
    /** for the whole run; default 10,000 */
    timeoutMs?: number
}

/** One run of s_client, to its end or until it was killed. */
export interface SClientRun extends SClientOutput {
    /** why it was killed, in words; absent when it exited by itself */
    stopped?: { by: "time" | "size"; text: string }
}

/**
 * Runs `openssl s_client -showcerts` without a shell and without input; kills it at the timeout or the output limit.
 *
 * @param offer further arguments: what the client offers
 * @throws AirpinError SERVER_NAME_INVALID, PORT_INVALID, OPENSSL_MISSING
 */
export async function runSClient(options: PullOptions, offer: string[] = []): Promise<SClientRun> {
    const args = [...clientArguments(options), ...offer]
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const endpoint = options.label ?? socketText(options.host, options.port)
    const { stopped, ...output } = await run(args, timeoutMs)
    const texts = {
        time: `no TLS response within ${timeoutMs} ms`,
        size: `openssl printed more than ${MAX_OUTPUT_BYTES} bytes without a complete chain`,
    }
    return { ...output, endpoint, ...(stopped && { stopped: { by: stopped, text: texts[stopped] } }) }
}

function clientArguments(options: PullOptions): string[] {
    const { host, port, serverName = host, address = host } = options
    requireServerName(host)
    requireServerName(serverName)
    requirePort(port)
    const sni = isIpAddress(serverName) ? ["-noservername"] : ["-servername", serverName] // RFC 6066, 3: no addresses
    return ["s_client", "-showcerts", "-connect", socketText(address, port), ...sni]
}

function requirePort(port: number): void {
    if (Number.isInteger(port) && port >= 1 && port <= 65535) return
    throw new AirpinError("PORT_INVALID", `${port} is not a TCP port`)
}

/** ADDRESS:PORT, as openssl and people write it. */
export function socketText(host: string, port: number): string {
    return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

type Output = Pick<SClientOutput, "stdout" | "stderr"> & { stopped?: "time" | "size" }

function run(args: string[], timeoutMs: number): Promise<Output> {
    return new Promise((resolve, reject) => {
        const child = endWithProcess(
            spawn("openssl", args, { stdio: ["ignore", "pipe", "pipe"], env: plainEnvironment() }),
        )
        const output: Output = { stdout: "", stderr: "" }
        const stop = (why: "time" | "size") => {
            if (!child.killed) output.stopped = why
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
            resolve(output)
        })
    })
}

type Child = ChildProcessByStdio<null, Readable, Readable>

/** Collects at most MAX_OUTPUT_BYTES in `output`; calls `full` when there is more. */
function collect(child: Child, output: Output, full: () => void): void {
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
