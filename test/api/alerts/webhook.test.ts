import assert from "node:assert/strict"
import { createServer as createHttpServer } from "node:http"
import { createServer } from "node:https"
import { type AddressInfo, createServer as createTcpServer } from "node:net"
import { rootCertificates } from "node:tls"
import { Webhook, WebhookVerificationError } from "standardwebhooks"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { ntfyChannel } from "../../../devs/api/alerts/channels/ntfy.ts"
import { webhookChannel } from "../../../devs/api/alerts/channels/webhook.ts"
import type { AlertMessage } from "../../../devs/api/alerts/message.ts"
import { temporaryCa } from "../../support/tls-servers.ts"
import { type Received, Receiver } from "./receiver.ts"

const secret = Buffer.alloc(32, 9)
const message: AlertMessage = {
    id: "0123456789abcdef",
    event: "raised",
    kind: "co2",
    device: { id: "room-103", name: "Room 103 – Übung" },
    text: "Room 103 – Übung: CO2 1,620 ppm for 20 minutes: open a window",
    openedAt: 1_736_942_400,
    resolvedAt: null,
    values: { co2Ppm: 1620, limitPpm: 1400, forS: 1200 },
}

describe("alerts by HTTPS", () => {
    let ca: LocalCa
    let receiver: Receiver
    let port: number

    before(async () => {
        ca = await temporaryCa()
    })
    beforeEach(async () => {
        receiver = new Receiver()
        const { keyPem, chainPem } = await ca.issue({ names: ["localhost"] })
        port = await receiver.start(createServer({ key: keyPem, cert: chainPem }))
    })
    afterEach(() => receiver.stop())

    const webhook = (trusted = [ca.rootPem], host = "localhost") =>
        webhookChannel({ url: new URL(`https://${host}:${port}/hooks/air?room=1`), secret, ca: trusted })
    const undelivered = (pattern: RegExp) => (error: unknown) => {
        assert.equal(Reflect.get(Object(error), "code"), "ALERT_UNDELIVERED")
        assert.match(String(error), pattern)
        return true
    }

    it("reach a webhook, and the library of Standard Webhooks verifies their signature", async () => {
        await webhook().send(message)
        const [{ path, headers, body }] = receiver.received as [Received]
        assert.equal(path, "/hooks/air?room=1")
        assert.equal(headers["webhook-id"], "0123456789abcdef.raised")
        const verified = new Webhook(secret.toString("base64")).verify(body, headers)
        assert.deepEqual(verified, {
            id: "0123456789abcdef",
            event: "raised",
            kind: "co2",
            device: { id: "room-103", name: "Room 103 – Übung" },
            text: "Room 103 – Übung: CO2 1,620 ppm for 20 minutes: open a window",
            openedAt: "2025-01-15T12:00:00.000Z",
            resolvedAt: null,
            values: { co2Ppm: 1620, limitPpm: 1400, forS: 1200 },
        })
        const changed = body.replace("1620", "1621")
        assert.throws(() => new Webhook(secret.toString("base64")).verify(changed, headers), WebhookVerificationError)
    })

    it("are signed as computed by openssl", async () => {
        // printf '%s' '0123456789abcdef.raised.1736942460.{"id":…}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0909…
        const at = webhookChannel(
            { url: new URL(`https://localhost:${port}/`), secret, ca: [ca.rootPem] },
            () => 1_736_942_460_999,
        )
        await at.send({ ...message, device: null, text: "t", values: {} })
        const [{ headers }] = receiver.received as [Received]
        assert.equal(headers["webhook-timestamp"], "1736942460")
        assert.equal(headers["webhook-signature"], "v1,EwcYRudleN43uIpi7be6I4JCuMRVYrI6k9plQix368c=")
    })

    it("are not sent to a server whose certificate is unknown, or is another host's", async () => {
        await assert.rejects(
            webhook([...rootCertificates]).send(message),
            undelivered(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_/),
        )
        await assert.rejects(
            webhook([ca.rootPem], "127.0.0.1").send(message),
            undelivered(/ERR_TLS_CERT_ALTNAME_INVALID/),
        )
        assert.deepEqual(receiver.received, [])
    })

    it("are undelivered on any response but 2xx, and do not follow a redirect", async () => {
        receiver.status = 503
        await assert.rejects(webhook().send(message), undelivered(/responded 503 Service Unavailable/))
        receiver.status = 307
        receiver.headers = { location: "/elsewhere" }
        await assert.rejects(webhook().send(message), undelivered(/responded 307/))
        assert.deepEqual(
            receiver.received.map(({ path }) => path),
            ["/hooks/air?room=1", "/hooks/air?room=1"],
        )
    })

    it("reach an ntfy topic with its token", async () => {
        const server = new URL(`https://localhost:${port}/`)
        await ntfyChannel({ server, topic: "school-air", token: "tk_123", ca: [ca.rootPem] }).send(message)
        const [{ path, headers, body }] = receiver.received as [Received]
        assert.deepEqual([path, headers["authorization"]], ["/", "Bearer tk_123"])
        assert.deepEqual(JSON.parse(body), {
            topic: "school-air",
            title: "Room 103 – Übung: please act",
            message: "Room 103 – Übung: CO2 1,620 ppm for 20 minutes: open a window",
            priority: 4,
            tags: ["warning"],
        })
    })
})

describe("alerts by HTTP on this machine", () => {
    it("reach the receiver", async () => {
        const receiver = new Receiver()
        const port = await receiver.start(createHttpServer())
        await webhookChannel({ url: new URL(`http://127.0.0.1:${port}/`), secret, ca: undefined }).send(message)
        receiver.stop()
        assert.equal(receiver.received.length, 1)
    })

    it("are undelivered when nothing listens", async () => {
        const free = createTcpServer().listen(0, "127.0.0.1")
        await new Promise(resolve => free.once("listening", resolve))
        const { port } = free.address() as AddressInfo
        await new Promise(resolve => free.close(resolve))
        const channel = webhookChannel({ url: new URL(`http://127.0.0.1:${port}/`), secret, ca: undefined })
        await assert.rejects(channel.send(message), /ECONNREFUSED/)
    })
})
