/** What the chip makes of the server of a device, before the device runs. */
import { type DeviceVerdict, deviceAccepts } from "../../certs/device.ts"
import { AirpinError } from "../../certs/error.ts"
import { askServer } from "../../certs/pull/live-server.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"

/** The run waits for it. */
const TIMEOUT_MS = 3000
const HTTPS_PORT = 443

/** The verdict on one chain that the server sends to devices. */
export interface JudgedChain {
    /** IPv4 addresses that send it */
    addresses: string[]
    /** in the order sent */
    presented: Certificate[]
    verdict: DeviceVerdict
}

export interface ServerTrust {
    /** at least one; of more, each comes from other addresses */
    chains: JudgedChain[]
    warnings: string[]
}

/**
 * Judges what the server sends in handshakes with the chip's offer, at each of its addresses.
 *
 * @param url https://HOST[:PORT], as in the device's settings
 * @param bundle as flashed
 * @returns an AirpinError if no handshake was completed, or if the server did not respond
 */
export async function judgeServer(url: string, bundle: Uint8Array): Promise<ServerTrust | AirpinError> {
    const { hostname, port } = new URL(url)
    const host = hostname.replace(/^\[(.+)\]$/, "$1")
    try {
        const asked = await askServer({ host, port: Number(port || HTTPS_PORT), timeoutMs: TIMEOUT_MS })
        const chains = asked.toDevices.map(({ addresses, chain, keyExchange }) => {
            const der = chain.map(certificate => certificate.der)
            return { addresses, presented: chain, verdict: deviceAccepts(der, bundle, host, keyExchange) }
        })
        return { chains, warnings: [...asked.unreachable, ...asked.warnings] }
    } catch (error) {
        if (error instanceof AirpinError) return error
        throw error
    }
}
