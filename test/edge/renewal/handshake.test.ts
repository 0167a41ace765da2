import assert from "node:assert/strict"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { handshakeOf } from "../../../devs/commands/edge/round-parts.ts"
import { makePlaceholder } from "../../../devs/edge/site/placeholder.ts"

describe("the handshake of a server with two certificates", () => {
    const names = ["air.example.org"]
    const RSA = "2a864886f70d010101"

    it("shows each edge folder its own", async () => {
        const both = [await makePlaceholder(names, "P-256"), await makePlaceholder(names, "RSA-2048")]
        const server = createServer({
            key: both.map(({ keyPem }) => keyPem),
            cert: both.map(({ chainPem }) => chainPem),
        })
        await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
        const { port } = server.address() as AddressInfo
        const isRsa = async (authentication: "ECDSA" | "RSA") => {
            const handshake = handshakeOf({ names, handshake: { host: "127.0.0.1", port, authentication } })
            const [leaf] = (await handshake()).chain
            return leaf!.spkiDer.toString("hex").includes(RSA)
        }
        try {
            assert.deepEqual([await isRsa("ECDSA"), await isRsa("RSA")], [false, true])
        } finally {
            server.close()
        }
    })
})
