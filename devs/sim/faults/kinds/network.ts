/** Faults between the radio and the end of the TLS handshake. */
import { connectionKind, stateKind } from "../kind.ts"
import { noPeer, silentPeer } from "../memory-socket.ts"
import { oneOf } from "../option.ts"

export const networkKinds = {
    "wifi-off": stateKind({
        description: "no Wi-Fi: an open connection goes silent without being closed, no new one is possible",
        options: {},
        start: (_, target) => {
            const isOff = target.hold("wifi-off", true)
            if (!target.device) return
            target.device.network.available = !isOff
            target.device.network.sever()
        },
        end: (_, target) => {
            const isOff = target.hold("wifi-off", false)
            if (target.device) target.device.network.available = !isOff
        },
    }),
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
    "connect-silent": connectionKind({
        description: "the server accepts TCP and then sends nothing",
        options: {},
        connect: silentPeer,
    }),
    "tls-stall": connectionKind({
        description:
            "the server goes silent in the handshake: after=hello within its hello (default), after=flight after its first flight",
        options: { after: oneOf("hello", "flight") },
        ownServer: true,
        connect: ({ after = "hello" }, server) => server().stall(after),
    }),
    "tls-impostor": connectionKind({
        description: "the server's certificates come from another CA with the same names",
        options: {},
        ownServer: true,
        connect: (_, server) => server().acceptAsImpostor(),
    }),
}
