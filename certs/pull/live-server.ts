/** What a live server sends: to the chip, at each of its addresses, and to clients that offer more. */
import { isSameChain } from "../chain.ts"
import { AirpinError } from "../error.ts"
import type { Certificate } from "../x509/certificate.ts"
import { type ChipHandshake, pullAsChip } from "./chip-handshake.ts"
import { type DeviceAddresses, deviceAddresses } from "./device-address.ts"
import { pullChain } from "./pull-chain.ts"
import { type PullOptions, socketText } from "./s-client.ts"

/** a name with more is a network of caches, and its servers are alike */
const MAX_ADDRESSES = 8

/** What a server sends the chip at one address or at several. */
export interface DeviceResponse extends ChipHandshake {
    /** IPv4 */
    addresses: string[]
}

export interface LiveServer {
    /** different chains only, that of the first address first; at least one */
    toDevices: [DeviceResponse, ...DeviceResponse[]]
    /** the chain for a client that offers all that OpenSSL has; absent when devices get the same, or when there is none */
    toOthers?: Certificate[]
    /** addresses that did not respond while another did, each in a sentence */
    unreachable: string[]
    /** why devices may not find the server although this machine does */
    warnings: string[]
}

/**
 * Asks the server at every IPv4 address of the host with the chip's offer, and at the first with OpenSSL's.
 *
 * @throws AirpinError as `pullChain` and `pullAsChip` when a handshake fails at an address, and as `deviceAddresses`
 */
export async function askServer(
    options: Omit<PullOptions, "address" | "label">,
    resolve: (host: string) => Promise<DeviceAddresses> = deviceAddresses,
): Promise<LiveServer> {
    const { addresses, warnings } = await resolve(options.host)
    const asked = addresses.slice(0, MAX_ADDRESSES)
    const [full, { toDevices, failed }] = await Promise.all([
        outcomeOf(pullChain({ ...options, ...(asked[0] && { address: asked[0] }) })),
        askAsChip(options, asked),
    ])
    const isOther = !(full instanceof AirpinError) && !toDevices.some(({ chain }) => isSameChain(chain, full))
    const left = addresses.length - asked.length
    return {
        toDevices,
        ...(isOther && { toOthers: full }),
        unreachable: failed.map(({ message }) => `${message}; devices that get this address first cannot connect`),
        warnings: [...warnings, ...(left > 0 ? [notAsked(left)] : [])],
    }
}

/** What the chip gets at each address; `failed` has those that did not respond while another did. */
async function askAsChip(
    options: PullOptions,
    addresses: string[],
): Promise<Pick<LiveServer, "toDevices"> & { failed: AirpinError[] }> {
    const name = socketText(options.host, options.port)
    const outcomes = await Promise.all(
        addresses.map(async address => {
            const label = addresses.length > 1 ? `${name} (${address})` : name
            const outcome = await outcomeOf(pullAsChip({ ...options, address, label }))
            return outcome instanceof AirpinError ? outcome : { ...outcome, addresses: [address] }
        }),
    )
    const failed = outcomes.filter(outcome => outcome instanceof AirpinError)
    const fatal = failed.find(({ code }) => !UNREACHABLE.includes(code))
    const [first, ...more] = merge(outcomes.flatMap(outcome => (outcome instanceof AirpinError ? [] : [outcome])))
    if (fatal || !first) throw fatal ?? failed[0]
    return { toDevices: [first, ...more], failed }
}

const UNREACHABLE: string[] = ["CONNECTION_REFUSED", "CONNECTION_TIMED_OUT", "CONNECTION_FAILED"]

const notAsked = (count: number) => `${count} more addresses of the server were not asked (limit ${MAX_ADDRESSES})`

async function outcomeOf<Value>(pulling: Promise<Value>): Promise<Value | AirpinError> {
    try {
        return await pulling
    } catch (error) {
        if (error instanceof AirpinError) return error
        throw error
    }
}

function merge(responses: DeviceResponse[]): DeviceResponse[] {
    const merged: DeviceResponse[] = []
    for (const response of responses) {
        const same = merged.find(({ chain }) => isSameChain(chain, response.chain))
        if (same) same.addresses.push(...response.addresses)
        else merged.push(response)
    }
    return merged
}
