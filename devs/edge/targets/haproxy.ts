/**
 * HAProxy as a target: its runtime API replaces the certificate in memory, and no connection ends. The file that its
 * configuration names is in `live`, so that a restart has the same certificate.
 * https://docs.haproxy.org/2.6/management.html#9.3-set%20ssl%20cert
 */
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { connect } from "node:net"
import { AirpinError } from "../../../certs/error.ts"
import type { ServedFiles, Target } from "../renewal/types.ts"

export interface HaproxyTarget {
    /** path of the stats socket, level admin */
    socket: string
    /** as `crt` names it in the configuration */
    certificate: string
}

const RESPONSE_TIMEOUT_MS = 10_000

export function haproxyTarget({ socket, certificate }: HaproxyTarget): Target {
    const ask = (command: string) => askRuntime(socket, command)
    return {
        name: "HAProxy",
        activate: async ({ combined }: ServedFiles) => {
            const pem = await readFile(combined, "utf8")
            await ask(`abort ssl cert ${certificate}`) // what a killed round began; refused if it began nothing
            await expectResponse(
                ask(`set ssl cert ${certificate} <<\n${withoutBlankLines(pem)}`),
                /^Transaction \w+ for /m,
            )
            try {
                await expectResponse(ask(`commit ssl cert ${certificate}`), /^Success!/m)
            } catch (error) {
                await ask(`abort ssl cert ${certificate}`)
                throw error
            }
        },
    }
}

/** An empty line would end the payload. */
const withoutBlankLines = (pem: string) => `${pem.replaceAll(/\n\s*\n/g, "\n").trim()}\n`

async function expectResponse(response: Promise<string>, expected: RegExp): Promise<void> {
    const text = await response
    if (!expected.test(text)) throw new AirpinError("TARGET_CERTIFICATE_REFUSED", `HAProxy says: ${text.trim()}`)
}

/**
 * The response to one command; HAProxy closes the connection after it.
 *
 * @throws AirpinError TARGET_UNREACHABLE
 */
async function askRuntime(path: string, command: string): Promise<string> {
    const socket = connect(path)
    socket.setTimeout(RESPONSE_TIMEOUT_MS, () => socket.destroy(new Error("no response in time")))
    let response = ""
    socket.setEncoding("utf8").on("data", (text: string) => (response += text))
    try {
        socket.write(`${command}\n`) // not end(): HAProxy would take that for the client's leaving
        await once(socket, "end")
        return response
    } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new AirpinError("TARGET_UNREACHABLE", `${path}: ${why}`, { cause })
    } finally {
        socket.destroy()
    }
}
