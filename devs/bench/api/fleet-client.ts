/** A process of devices that post at a device's pace. Started by `runFleet` of fleet.ts. */
import { createSecureContext } from "node:tls"
import { Connection, DEVICE_CIPHER, postText } from "./connection.ts"
import { type DevicePosts, devicePosts } from "./device-posts.ts"

/** What the process is to do. */
export interface FleetShare {
    port: number
    /** PEM */
    ca: string
    /** one connection each */
    devices: DevicePosts[]
    /** between two posts of a device */
    intervalMs: number
    durationMs: number
}

/** What happened since the report before. */
export interface FleetReport {
    connected: number
    /** of each acknowledged post, ms */
    latenciesMs: number[]
    /** each response that was no acknowledgement, and each lost connection */
    errors: string[]
    /** true in the last one */
    ended: boolean
}

/** Handshakes at once in one process: a device waits 30 s for its own. */
const MAX_HANDSHAKES = 16
const REPORT_EVERY_MS = 1000

let report: FleetReport = { connected: 0, latenciesMs: [], errors: [], ended: false }

process.on("message", async (share: FleetShare) => {
    const timer = setInterval(send, REPORT_EVERY_MS)
    await run(share)
    clearInterval(timer)
    report.ended = true
    send()
    process.disconnect()
})

function send(): void {
    process.send?.(report)
    report = { connected: 0, latenciesMs: [], errors: [], ended: false }
}

async function run({ port, ca, devices, intervalMs, durationMs }: FleetShare): Promise<void> {
    const secureContext = createSecureContext({ ca, ciphers: DEVICE_CIPHER })
    const connections: { connection: Connection; device: DevicePosts }[] = []
    const waiting = [...devices]
    const open = async () => {
        for (let device = waiting.pop(); device; device = waiting.pop()) {
            connections.push({ connection: await Connection.open(port, secureContext), device })
            report.connected++
        }
    }
    await Promise.all(Array.from({ length: MAX_HANDSHAKES }, open))
    const startMs = performance.now()
    await Promise.all(
        connections.map(async ({ connection, device }, at) => {
            const posts = devicePosts(device)
            // spread over the interval, as the starts of devices are
            let nextMs = startMs + (at / connections.length) * intervalMs
            for (; nextMs < startMs + durationMs; nextMs += intervalMs) {
                await sleep(nextMs - performance.now())
                await postOnce(connection, device.token, posts)
            }
            connection.close()
        }),
    )
}

async function postOnce(connection: Connection, token: string, posts: ReturnType<typeof devicePosts>): Promise<void> {
    const { body, lastSeq } = posts.next().value
    const sentMs = performance.now()
    try {
        const response = await connection.ask(postText(token, body))
        if (response.status === 200 && JSON.parse(response.body).ack === lastSeq)
            report.latenciesMs.push(performance.now() - sentMs)
        else report.errors.push(`${response.status} ${response.body.slice(0, 200)}`)
    } catch (error) {
        report.errors.push(String(error))
    }
}

function sleep(ms: number): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, Math.max(0, ms)))
}
