import assert from "node:assert/strict"
import type { Socket } from "node:net"
import type { LocalCa } from "../../../../certs/local-ca.ts"
import { ChipNetwork, type ChipNetworkOptions } from "../../../../devs/sim/chip/network.ts"
import type { SocketEvent } from "../../../../devs/vm/machine.ts"
import { bundleOf, tcpServer } from "../../../support/tls-servers.ts"

const TRIES = 300
const BETWEEN_TRIES_MS = 10

/** A network that trusts `authority`, its log, and a function that waits for its next event. */
export function network(authority: LocalCa, connectTcp?: ChipNetworkOptions["connectTcp"]) {
    const log: string[] = []
    const net = new ChipNetwork({
        bundle: bundleOf(authority),
        now: () => performance.now(),
        onLog: line => log.push(line),
        ...(connectTcp && { connectTcp }),
    })
    const waiting: SocketEvent[] = []
    after(() => net.reset())
    const next = async (): Promise<SocketEvent> => {
        for (let tries = 0; tries < TRIES; tries++) {
            waiting.push(...net.takeEvents())
            const event = waiting.shift()
            if (event) return event
            await new Promise(resolve => setTimeout(resolve, BETWEEN_TRIES_MS))
        }
        throw new Error("no event")
    }
    return { net, log, next }
}

export async function until(isTrue: () => boolean): Promise<void> {
    for (let tries = 0; tries < TRIES && !isTrue(); tries++)
        await new Promise(resolve => setTimeout(resolve, BETWEEN_TRIES_MS))
    assert.ok(isTrue())
}

/** A server that accepts connections and never sends a byte. */
export async function silentServer() {
    const connections: Socket[] = []
    const server = await tcpServer(socket => connections.push(socket.resume()))
    return { ...server, connections, connected: () => until(() => connections.length > 0) }
}
