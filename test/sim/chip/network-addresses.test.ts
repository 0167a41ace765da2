import assert from "node:assert/strict"
import { isIP } from "node:net"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { connectTcp, type Resolve } from "../../../devs/sim/chip/network.ts"
import type { SocketEvent } from "../../../devs/vm/machine.ts"
import { tcpServer, temporaryCa } from "../../support/tls-servers.ts"
import { network } from "./support/test-network.ts"

describe("the chip's network resolves a name to one IPv4 address", () => {
    let authority: LocalCa
    before(async () => {
        authority = await temporaryCa({ rootName: "Office root", intermediateName: "Office CA" })
    })

    /** What happens with a name that has these addresses. */
    async function opening(addresses: string[], host = "air.example"): Promise<{ event: SocketEvent; log: string[] }> {
        const server = await tcpServer(socket => void socket.resume())
        const resolve: Resolve = (_, family, done) => {
            const address = addresses.find(each => isIP(each) === family)
            done(address ? null : Object.assign(new Error("ENOTFOUND"), { syscall: "getaddrinfo" }), address ?? "")
        }
        const { net, log, next } = network(authority, (host, port) => connectTcp(host, port, resolve))
        net.open(host, server.port, false)
        return { event: await next(), log }
    }

    it("even if it has IPv6 addresses too", async () => {
        assert.deepEqual((await opening(["2001:db8::1", "127.0.0.1"])).event, { type: "open" })
    })

    it("and cannot connect to one that has IPv6 addresses only, nor to an IPv6 address", async () => {
        for (const [host, addresses] of [
            ["air.example", ["::1"]],
            ["::1", []],
        ] as const)
            assert.deepEqual(await opening([...addresses], host), {
                event: { type: "error", message: "can't connect" },
                log: [`simulator: ${host} has only an IPv6 address: the chip has none itself and cannot connect to it`],
            })
    })

    it("and does not resolve one without addresses", async () => {
        assert.deepEqual((await opening([])).event, { type: "error", message: "can't resolve host" })
    })

    it("and tries only the first", async () => {
        const blocked = "127.0.0.2"
        assert.deepEqual((await opening([blocked, "127.0.0.1"])).event, { type: "error", message: "can't connect" })
    })
})
