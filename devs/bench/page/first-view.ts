/** What the first view of the wall costs a browser that has never seen it. */
import { setTimeout as wait } from "node:timers/promises"
import type { Browser } from "playwright-core"
import { median } from "../api/statistics.ts"
import { type Kept, keptBy, openCounted, scriptMs } from "./browser.ts"

/** After the tiles: for the icon, the manifest and the first state of the stream. */
const QUIET_MS = 1500

export interface FirstView {
    requests: number
    /** as compressed, with the heads of the responses, without the stream */
    bytes: number
    /** of the stream, until the view is quiet */
    streamBytes: number
    /** from the start of the navigation until every tile is drawn */
    tilesMs: number
    scriptMs: number
    kept: Kept
}

/** Medians of the times; counts are those of the last load. */
export async function measureFirstView(browser: Browser, url: string, rooms: number, loads: number) {
    const views: FirstView[] = []
    for (let at = 0; at < loads; at++) views.push(await coldLoad(browser, url, rooms))
    const last = views.at(-1)
    if (last === undefined) throw new Error("no load")
    const medianOf = (value: (view: FirstView) => number) => median(views.map(value))
    return { ...last, tilesMs: medianOf(view => view.tilesMs), scriptMs: medianOf(view => view.scriptMs) }
}

/** Notes when all tiles have been drawn: in the frame after that in which they are there. */
const watchTiles = (rooms: number) => `(() => {
    const look = () => document.querySelectorAll(".tile").length >= ${rooms}
        ? requestAnimationFrame(() => { globalThis.tilesMs = performance.now() })
        : requestAnimationFrame(look)
    requestAnimationFrame(look)
})()`

async function coldLoad(browser: Browser, url: string, rooms: number): Promise<FirstView> {
    const counted = await openCounted(browser, watchTiles(rooms))
    const { page, session } = counted
    const sent = new Set<string>()
    const streams = new Set<string>()
    let [bytes, streamBytes] = [0, 0]
    session.on("Network.requestWillBeSent", ({ requestId, request }) => {
        if (request.url.startsWith("http")) sent.add(requestId)
    })
    session.on("Network.responseReceived", ({ requestId, type, response }) => {
        if (type !== "EventSource") return
        streams.add(requestId)
        streamBytes += response.encodedDataLength
    })
    session.on("Network.dataReceived", ({ requestId, encodedDataLength }) => {
        if (streams.has(requestId)) streamBytes += encodedDataLength
    })
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
        if (!streams.has(requestId)) bytes += encodedDataLength
    })
    await session.send("Network.enable")
    await page.goto(url)
    await page.waitForFunction("globalThis.tilesMs !== undefined")
    const tilesMs = await page.evaluate<number>("globalThis.tilesMs")
    await wait(QUIET_MS)
    const view = { requests: sent.size, bytes, streamBytes, tilesMs, scriptMs: await scriptMs(counted) }
    const kept = await keptBy(counted)
    await counted.close()
    return { ...view, kept }
}
