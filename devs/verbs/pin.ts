import { chooseAnchors } from "../../certs/anchors.ts"
import { encodeBundle } from "../../certs/bundle.ts"
import { parsePem, type Certificate } from "../../certs/chain.ts"
import { AirpinError } from "../../certs/error.ts"
import { writeLock } from "../../certs/lock.ts"
import { pullChain } from "../../certs/pull.ts"
import { readBytes } from "./read-bytes.ts"
import { showAnchors, showChain } from "./trust-display.ts"
import { exitCodes, type Verb } from "./verb.ts"

const HTTPS_PORT = 443

export interface PinOptions {
    host?: string
    chain?: string
    servername?: string
    ca?: string[]
    pinned: string
    dryRun?: true
}

/** `airpin pin`: the anchors for a server, chosen, verified, written. */
export const pin: Verb<PinOptions> = async (options, terminal) => {
    const { host, port } = parseHost(options.host ?? options.servername)
    const serverName = options.servername ?? host
    const chain = await presentedChain(options, host, port, serverName)
    const roots = (await Promise.all((options.ca ?? []).map(readPem))).flat()
    showChain(terminal, chain)
    const anchors = chooseAnchors(chain, { serverName, roots, now: new Date() })
    const { changed } = options.dryRun ? { changed: false } : await writeLock(options.pinned, anchors, `${host}:${port}`)
    showAnchors(terminal, anchors, encodeBundle(anchors.map(anchor => anchor.certificate)))
    terminal.line("written", options.dryRun ? "nothing (--dry-run)" : changed ? options.pinned : `nothing: ${options.pinned} was up to date`)
    terminal.result({
        host: `${host}:${port}`,
        changed,
        presented: chain.map(({ subject }) => subject),
        anchors: anchors.map(({ certificate, reason }) => ({ ...summaryOf(certificate), reason })),
    })
    return exitCodes.fine
}

async function presentedChain({ chain }: PinOptions, host: string, port: number, serverName: string): Promise<Certificate[]> {
    return chain ? readPem(chain) : pullChain({ host, port, serverName })
}

const readPem = async (file: string) => parsePem((await readBytes(file)).toString())

function summaryOf({ subject, spkiSha256, notAfter }: Certificate) {
    return { subject, spkiSha256, notAfter: notAfter.toISOString() }
}

/** HOST, HOST:PORT, [IPv6]:PORT, or a URL. */
function parseHost(text: string | undefined): { host: string; port: number } {
    if (!text) throw new AirpinError("HOST_MISSING", "which server?", "airpin pin HOST[:PORT], or --chain FILE --servername NAME")
    const url = URL.canParse(text) && text.includes("://") ? new URL(text) : URL.canParse(`https://${text}`) && new URL(`https://${text}`)
    if (!url || !url.hostname) throw new AirpinError("HOST_INVALID", `"${text}" is no HOST[:PORT]`)
    return { host: url.hostname.replace(/^\[|\]$/g, ""), port: Number(url.port) || HTTPS_PORT }
}
