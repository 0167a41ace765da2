/** A process of devices that each have readings of an outage to deliver, all at once. Started by recovery.ts. */
import { createSecureContext } from "node:tls"
import { Connection, DEVICE_CIPHER, postText } from "./connection.ts"
import { type DevicePosts, devicePosts, type Post } from "./device-posts.ts"

/** What the process is to do. */
export interface RecoveryShare {
    port: number
    /** PEM */
    ca: string
    /** one connection each */
    devices: DevicePosts[]
    /** posts of each device */
    posts: number
}

/** What happened since the report before. */
export interface RecoveryReport {
    /** posts that were acknowledged, and the time of each from the request to the response, ms */
    latenciesMs: number[]
    /** responses that were no acknowledgement, after which the device posted again */
    refused: number
}

/** Handshakes at once in one process: a device waits 30 s for its own. */
const MAX_HANDSHAKES = 16
const REPORT_EVERY_MS = 250
/** after a refusal without Retry-After, as the firmware's shortest */
const RETRY_MS = 1000

let report: RecoveryReport = { latenciesMs: [], refused: 0 }

process.on("message", async (share: RecoveryShare) => {
    const timer = setInterval(send, REPORT_EVERY_MS)
    await run(share)
    clearInterval(timer)
    send()
    process.disconnect()
})

function send(): void {
    process.send?.(report)
    report = { latenciesMs: [], refused: 0 }
}

/** Each device begins to post as soon as it is connected, while others still wait for their handshake. */
async function run({ port, ca, devices, posts }: RecoveryShare): Promise<void> {
    const secureContext = createSecureContext({ ca, ciphers: DEVICE_CIPHER })
    const waiting = [...devices]
    const delivering: Promise<void>[] = []
    const open = async () => {
        for (let device = waiting.pop(); device; device = waiting.pop()) {
            const connection = await Connection.open(port, secureContext)
            delivering.push(deliver(connection, device, posts))
        }
    }
    await Promise.all(Array.from({ length: MAX_HANDSHAKES }, open))
    await Promise.all(delivering)
}

async function deliver(connection: Connection, device: DevicePosts, count: number): Promise<void> {
    const posts = devicePosts(device)
    for (let at = 0; at < count; at++) await postUntilStored(connection, device.token, posts.next().value)
    connection.close()
}

async function postUntilStored(connection: Connection, token: string, { body, lastSeq }: Post): Promise<void> {
    const text = postText(token, body)
    for (;;) {
        const sentMs = performance.now()
        const response = await connection.ask(text)
        if (response.status === 200 && JSON.parse(response.body).ack === lastSeq)
            return void report.latenciesMs.push(performance.now() - sentMs)
        report.refused++
        await new Promise(resolve => setTimeout(resolve, RETRY_MS))
    }
}
