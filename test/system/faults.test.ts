import assert from "node:assert/strict"
import type { LocalCa } from "../../certs/local-ca.ts"
import type { RequestFault } from "../support/office.ts"
import { Office } from "../support/office.ts"
import { temporaryCa } from "../support/tls-servers.ts"

/** The firmware's longest back-off, the timeout of one request, and a batch: after this everything must be stored. */
const RECOVERY_MINUTES = 15

const status =
    (code: number, headers: Record<string, string> = {}, times = Infinity): RequestFault =>
    (request, response, app) =>
        times-- > 0 ? response.writeHead(code, headers).end() : app.routing(request, response)

/** The API stores the batch, but the connection ends in the middle of its response. */
const cutResponse: RequestFault = (request, response, app) => {
    const socket = request.socket
    const write = socket.write.bind(socket)
    socket.write = ((chunk: Buffer | string) => {
        write(chunk.slice(0, 30), () => socket.destroy())
        return false
    }) as typeof socket.write
    app.routing(request, response)
}

const slowResponse: RequestFault = (request, response, app) => setTimeout(() => app.routing(request, response), 300)

const garbage: RequestFault = request => request.socket.end("\x00\xff{}\r\n\r\nHTTP/9.9 abc\r\n".repeat(20))

const lyingAck: RequestFault = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"ack":4000000000}')
}

const shortBody: RequestFault = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "50" })
    response.write('{"ack":5}')
    setTimeout(() => response.socket?.destroy(), 20)
}

const hugeHeader: RequestFault = (_request, response) =>
    void response.writeHead(200, { "x-junk": "j".repeat(17_000) }).end('{"ack":5}')

const hugeBody: RequestFault = (_request, response) =>
    void response.writeHead(200).end(`{"ack":5,"junk":"${"j".repeat(30_000)}"}`)

/** Chunked, with chunks of one byte. */
const chunkedResponse: RequestFault = (request, response, app) => {
    response.useChunkedEncodingByDefault = true
    const chunks: string[] = []
    request.on("data", chunk => chunks.push(String(chunk)))
    request.on("end", async () => {
        const reply = await app.inject({
            method: "POST",
            url: request.url!,
            headers: request.headers as Record<string, string>,
            payload: chunks.join(""),
        })
        response.writeHead(reply.statusCode, { date: String(reply.headers.date), "transfer-encoding": "chunked" })
        for (const byte of reply.payload) response.write(byte)
        response.end()
    })
}

const faults: Record<string, { fault: RequestFault; minutes: number; state?: string }> = {
    "responds slowly": { fault: slowResponse, minutes: 12 },
    "responds in chunks of one byte": { fault: chunkedResponse, minutes: 22 },
    "closes the connection in the middle of every response": { fault: cutResponse, minutes: 22 },
    "sends garbage": { fault: garbage, minutes: 22 },
    "responds 500": { fault: status(500), minutes: 22, state: "broken" },
    "responds 503 with Retry-After": { fault: status(503, { "retry-after": "120" }), minutes: 22, state: "busy" },
    "responds 413 to all but small batches": { fault: status(413, {}, 2), minutes: 22, state: "rejected" },
    "responds 401": { fault: status(401), minutes: 22, state: "unauthorised" },
    "acknowledges readings that it never received": { fault: lyingAck, minutes: 22, state: "broken" },
    "sends a body shorter than its Content-Length": { fault: shortBody, minutes: 22 },
    "sends huge headers": { fault: hugeHeader, minutes: 22, state: "broken" },
    "sends a huge body": { fault: hugeBody, minutes: 22, state: "broken" },
}

describe("a device whose server", function () {
    this.timeout(120_000)
    let authority: LocalCa
    before(async () => (authority = await temporaryCa()))

    async function expectAllStored(office: Office): Promise<void> {
        const stored = await office.stored()
        assert.ok(office.taken - stored.length < 5, `${stored.length} of ${office.taken} are on the server`)
        assert.deepEqual(
            stored,
            stored.map((_, at) => at + 1),
        )
        assert.deepEqual(
            office.events.filter(({ event }) => event === "lost" || event === "fault"),
            [],
        )
    }

    for (const [name, { fault, minutes, state }] of Object.entries(faults))
        it(`${name} loses and duplicates nothing`, async () => {
            const office = await Office.open(authority)
            try {
                await office.runMinutes(6)
                office.fault = fault
                await office.runMinutes(minutes)
                office.fault = undefined
                await office.runMinutes(RECOVERY_MINUTES)
                await expectAllStored(office)
                if (state) assert.ok(office.states().includes(state), `states: ${office.states()}`)
            } finally {
                await office.close()
            }
        })

    it("stops and starts again loses and duplicates nothing", async () => {
        const office = await Office.open(authority)
        try {
            await office.runMinutes(7)
            await office.stopServer()
            await office.runMinutes(60)
            assert.equal((await office.stored()).length, 6)
            await office.startServer()
            await office.runMinutes(RECOVERY_MINUTES)
            await expectAllStored(office)
            assert.ok(office.states().includes("no-connection"))
        } finally {
            await office.close()
        }
    })
})
