import { stat } from "node:fs/promises"
import { encodeBundle } from "../../certs/bundle.ts"
import { parsePem } from "../../certs/chain.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { readLock } from "../../certs/lock.ts"
import { readBytes } from "./read-bytes.ts"
import { exitCodes, type Verb } from "./verb.ts"

/** `airpin trust`: what the chip does with these bytes, and why. */
export const trust: Verb<{ chain: string; bundle: string; servername: string }> = async (options, terminal) => {
    const presented = parsePem(await readText(options.chain))
    const verdict = deviceAccepts(
        presented.map(certificate => certificate.der),
        await readBundle(options.bundle),
        options.servername,
    )
    for (const [at, certificate] of presented.entries())
        terminal.line(at === 0 ? "presented" : "", `${at + 1}  ${certificate.subject}`)
    terminal.line("walked", verdict.path.join("  ←  "))
    if (verdict.wanted) terminal.line("looked up", verdict.wanted)
    terminal.line("verdict", verdict.accepted ? terminal.paint("green", verdict.reason) : terminal.paint("red", verdict.reason))
    terminal.result({ presented: presented.map(certificate => certificate.subject), ...verdict })
    return verdict.accepted ? exitCodes.fine : exitCodes.refused
}

/** A bundle from its own bytes, from PEM certificates taken as anchors, or from a folder of pins. */
async function readBundle(source: string): Promise<Buffer> {
    if ((await stat(source).catch(() => undefined))?.isDirectory())
        return encodeBundle((await readLock(source)).anchors.map(anchor => anchor.certificate))
    const bytes = await readBytes(source)
    return bytes.includes("-----BEGIN CERTIFICATE-----") ? encodeBundle(parsePem(bytes.toString())) : bytes
}

const readText = async (file: string) => (await readBytes(file)).toString()
