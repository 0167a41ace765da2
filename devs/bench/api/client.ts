/** A process of devices that post as fast as they are acknowledged. Started by rounds.ts. */
import { createSecureContext } from "node:tls"
import { Connection, DEVICE_CIPHER, postText } from "./connection.ts"
import { type DevicePosts, devicePosts } from "./device-posts.ts"
import { type Load, type LoadResult, MAX_POSTS } from "./load.ts"

process.on("message", async (load: Load) => {
    process.send?.(await runLoad(load))
    process.disconnect()
})

async function runLoad({ port, ca, devices, durationMs }: Load): Promise<LoadResult> {
    const context = createSecureContext({ ca, ciphers: DEVICE_CIPHER })
    const result: LoadResult = { readings: 0, elapsedMs: 0, latenciesMs: [], errors: {} }
    const connections = []
    for (const of of devices) connections.push({ of, connection: await Connection.open(port, context) })
    const startMs = performance.now()
    await Promise.all(
        connections.map(async ({ connection, of }) => {
            await postUntil(startMs + durationMs, connection, of, result)
            connection.close()
        }),
    )
    result.elapsedMs = performance.now() - startMs
    return result
}

async function postUntil(endMs: number, connection: Connection, devices: DevicePosts[], result: LoadResult) {
    for (const device of devices) {
        const posts = devicePosts(device)
        for (let count = 0; count < MAX_POSTS; count++) {
            if (performance.now() >= endMs) return
            const { body, lastSeq } = posts.next().value
            await postOnce(connection, { text: postText(device.token, body), lastSeq }, device.batch, result)
        }
    }
    throw new Error(`${devices.length} devices were too few for the time`)
}

async function postOnce(
    connection: Connection,
    post: { text: string; lastSeq: number },
    batch: number,
    result: LoadResult,
) {
    const sentMs = performance.now()
    const { status, body } = await connection.ask(post.text)
    if (status === 200 && JSON.parse(body).ack === post.lastSeq) {
        result.latenciesMs.push(performance.now() - sentMs)
        result.readings += batch
        return
    }
    const what = `${status} ${body.slice(0, 200)}`
    if (what in result.errors || Object.keys(result.errors).length < 10)
        result.errors[what] = (result.errors[what] ?? 0) + 1
}
