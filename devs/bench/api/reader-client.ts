/** A process of people who read all the time. Started by `measureUnderReads` of reads.ts. */
import { Agent, request } from "node:https"

export interface ReaderShare {
    port: number
    /** PEM */
    ca: string
    /** one reader each, which asks again as soon as it has all of the response */
    paths: string[]
    durationMs: number
}

export interface ReaderResult {
    reads: number
    /** 503, after which a reader pauses */
    refused: number
}

const PAUSE_MS = 200

process.on("message", async ({ port, ca, paths, durationMs }: ReaderShare) => {
    const agent = new Agent({ ca, keepAlive: true, maxSockets: paths.length })
    const endMs = performance.now() + durationMs
    const result: ReaderResult = { reads: 0, refused: 0 }
    await Promise.all(
        paths.map(async path => {
            while (performance.now() < endMs) {
                const status = await read(agent, port, path)
                if (status === 200) result.reads++
                else result.refused++
                if (status !== 200) await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
            }
        }),
    )
    process.send?.(result)
    process.disconnect()
})

function read(agent: Agent, port: number, path: string): Promise<number> {
    return new Promise(resolve => {
        const asking = request({ host: "localhost", port, path, agent }, response => {
            response.resume().once("close", () => resolve(response.complete ? (response.statusCode ?? 0) : 0))
        })
        asking.on("error", () => resolve(0)).end()
    })
}
