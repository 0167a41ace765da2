/** Faults between the radio and the end of the TLS handshake. */
import type { ChipNetwork } from "../../chip/network.ts"
import { SYN_TIMEOUT_MS } from "../../chip/network.ts"
import { connectionKind, type StateKind, stateKind } from "../kind.ts"
import { failsToConnect, noPeer, silentPeer } from "../memory-socket.ts"
import { duration, oneOf } from "../option.ts"

/** No Wi-Fi. @param lose what happens to the connection at its start */
function withoutWifi(description: string, lose: (network: ChipNetwork) => void): StateKind<Record<never, never>> {
    return stateKind({
        description,
        options: {},
        start: (_, target) => {
            target.hold("no Wi-Fi", true)
            if (!target.device) return
            target.device.network.available = false
            lose(target.device.network)
        },
        end: (_, target) => {
            const isOff = target.hold("no Wi-Fi", false)
            if (target.device) target.device.network.available = !isOff
        },
    })
}

export const networkKinds = {
    "wifi-off": withoutWifi("no Wi-Fi: the chip aborts its connection at once, no new one is possible", network =>
        network.loseWifi(),
    ),
    "wifi-silent": withoutWifi(
        "no Wi-Fi, and worse than on the chip: its connection goes silent without being closed",
        network => network.sever(),
    ),
    "dns-fail": connectionKind({
        description: "the server's name does not resolve",
        options: {},
        connect: () => noPeer("getaddrinfo"),
    }),
    "connect-refused": connectionKind({
        description: "the server's port refuses TCP connections",
        options: {},
        connect: () => noPeer("connect"),
    }),
    "connect-timeout": connectionKind({
        description: "nobody replies to the device's SYN: connecting fails after 19 s",
        options: {},
        connect: (_fault, _server, { events, now }) => {
            const socket = silentPeer("before TCP")
            events.enter(now() + SYN_TIMEOUT_MS, () => failsToConnect(socket, "connect"))
            return socket
        },
    }),
    "connect-silent": connectionKind({
        description: "the server accepts TCP and then sends nothing",
        options: {},
        connect: () => silentPeer("after TCP"),
    }),
    "tls-stall": connectionKind({
        description:
            "the server goes silent in the handshake: after=hello within its hello (default), after=flight after its first flight; with lasts= it then closes the connection (result=close, default) or completes the handshake (result=complete)",
        options: {
            after: oneOf("hello", "flight"),
            lasts: duration({ mayBeZero: false }),
            result: oneOf("close", "complete"),
        },
        ownServer: true,
        connect: ({ after = "hello", lasts, result = "close" }, server, surroundings) => {
            const stalled = server().stall(after, surroundings)
            const { events, now } = surroundings
            if (lasts !== undefined) events.enter(now() + 1000 * lasts, () => stalled[result]())
            return stalled.socket
        },
    }),
    "tls-impostor": connectionKind({
        description: "the server's certificates come from another CA with the same names",
        options: {},
        ownServer: true,
        connect: (_, server) => server().acceptAsImpostor(),
    }),
}
