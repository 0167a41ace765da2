/** The server of `airpin setup`: asked for, reached, judged and pinned. */

import { encodeBundle } from "../../../certs/bundle/bundle.ts"
import { deviceAccepts } from "../../../certs/device.ts"
import { AirpinError } from "../../../certs/error.ts"
import { readLock } from "../../../certs/lock.ts"
import { toPem } from "../../../certs/x509/certificate.ts"
import type { Terminal } from "../../display/terminal.ts"
import { type PresentedServer, presentedBy } from "../../pins/presented-server.ts"
import { parseHostPort } from "../../pins/server-address.ts"
import type { Asker } from "../../setup/asker.ts"
import { HERE, serverOf } from "../../setup/checks.ts"
import { pinAfter } from "../pin.ts"
import { PartTerminal } from "./part-terminal.ts"

export interface PinChoices {
    pinned: string
    ca?: string[]
    backup?: string[]
    siblings: boolean
}

/** A server that devices with the pinned anchors accept. */
export interface TrustedServer {
    /** https://HOST[:PORT] */
    url: string
    /** the pinned anchors: this computer trusts no others either */
    rootPem: string
}

/**
 * Asks for the server, until it responds to a handshake with the chip's offer.
 *
 * @returns "here" for one on this computer, which only a simulated device can reach
 * @throws AirpinError what keeps devices from accepting the server, with exit status 20
 */
export async function askForServer(
    asker: Asker,
    { initial, isSimulated, terminal }: { initial: string | undefined; isSimulated: boolean; terminal: Terminal },
): Promise<typeof HERE | { url: string; presented: PresentedServer }> {
    return asker.ask("server", {
        text: `server: https://HOST[:PORT]${isSimulated ? `, or ${HERE}: start one on this computer` : ""}`,
        initial: initial ?? (isSimulated ? HERE : undefined),
        check: async text => {
            const url = serverOf(text)
            if (url === HERE) {
                if (isSimulated) return HERE
                throw new AirpinError(
                    "SETUP_ANSWER_INVALID",
                    "a device by USB needs a server that it reaches over its Wi-Fi",
                    "run airpin serve --host 0.0.0.0 --name NAME in another terminal, and write https://NAME:8443 here",
                )
            }
            const { host, port } = parseHostPort(url)
            terminal.progress(`${host}: address, connection, TLS with the chip's offer …`)
            const presented = await presentedBy({ host, port, serverName: host })
            for (const warning of [...presented.warnings, ...presented.unreachable]) terminal.warn(warning)
            return { url, presented }
        },
    })
}

/** Pins the server, unless the anchors pinned before lead devices to it. Throws as `airpin pin`, and SETUP_DECLINED. */
export async function pinServer(
    { url, presented }: { url: string; presented: PresentedServer },
    choices: PinChoices,
    asker: Asker,
    terminal: Terminal,
): Promise<TrustedServer> {
    const { host, port } = parseHostPort(url)
    if (await isPinned(host, presented, choices.pinned))
        terminal.line("pinned", `${choices.pinned} leads devices to this server already`)
    else {
        const confirmed = async () => {
            if (await asker.agrees("pin", "Pin these anchors: devices will trust them, and nothing else?")) return
            throw new AirpinError("SETUP_DECLINED", "nothing was pinned")
        }
        const part = new PartTerminal({ json: terminal.json, quiet: terminal.quiet })
        await pinAfter(confirmed, { host: [`${host}:${port}`], ...choices, images: "build" }, part)
    }
    const { anchors } = await readLock(choices.pinned)
    return { url, rootPem: anchors.map(({ certificate }) => toPem(certificate)).join("") }
}

/** True if a device with these pins accepts every chain that the server sends to devices. */
async function isPinned(host: string, { toDevices }: PresentedServer, folder: string): Promise<boolean> {
    const lock = await readLock(folder).catch(() => undefined)
    if (!lock) return false
    const bundle = encodeBundle(lock.anchors.map(({ certificate }) => certificate))
    return toDevices.every(
        ({ chain, keyExchange }) =>
            deviceAccepts(
                chain.map(({ der }) => der),
                bundle,
                host,
                keyExchange,
            ).accepted,
    )
}
