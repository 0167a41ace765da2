import assert from "node:assert/strict"
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { Link } from "./link.ts"

/** Long enough for loopback to carry a few bytes. */
const SETTLE_MS = 100

describe("a link", () => {
    let server: Server
    let link: Link
    const open: Socket[] = []

    beforeEach(async () => {
        server = createServer(socket => socket.pipe(socket)).listen(0, "127.0.0.1")
        await once(server, "listening")
        link = await Link.open((server.address() as { port: number }).port)
    })

    afterEach(() => {
        for (const socket of open.splice(0)) socket.destroy()
        link.close()
        server.close()
    })

    /** A connection through the link, and what it has received. */
    async function client() {
        const socket = connect(link.port, "127.0.0.1").setEncoding("utf8")
        open.push(socket)
        await once(socket, "connect")
        const seen = { text: "", closed: false }
        socket.on("data", data => (seen.text += data))
        socket.on("close", () => (seen.closed = true))
        return { socket, seen }
    }

    it("carries bytes both ways, and the end", async () => {
        const { socket, seen } = await client()
        socket.end("one")
        await once(socket, "close")
        assert.equal(seen.text, "one")
    })

    it("that is cut carries nothing and closes nothing, and what was sent arrives once it is healed", async () => {
        const { socket, seen } = await client()
        socket.write("one")
        await once(socket, "data")
        link.cut()
        socket.write("two")
        const late = await client()
        late.socket.write("three")
        await sleep(SETTLE_MS)
        assert.deepEqual(
            [seen, late.seen],
            [
                { text: "one", closed: false },
                { text: "", closed: false },
            ],
        )
        link.heal()
        await Promise.all([once(socket, "data"), once(late.socket, "data")])
        assert.deepEqual([seen.text, late.seen.text], ["onetwo", "three"])
    })

    it("that is dropped loses what was on the way", async () => {
        const { socket, seen } = await client()
        link.cut()
        socket.write("one")
        await sleep(SETTLE_MS)
        link.drop()
        await once(socket, "close")
        link.heal()
        assert.equal(seen.text, "")
    })
})
