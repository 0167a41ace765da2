import assert from "node:assert/strict"
import { existsSync } from "node:fs"
import { type Serving, serve } from "../../../devs/api/server.ts"
import { CHROMIUM_FILE, startChromium } from "../../../devs/bench/page/browser.ts"
import { measureFirstView } from "../../../devs/bench/page/first-view.ts"
import { Resources } from "../../../devs/resources.ts"
import { openWorld, type World } from "../../api/support/world.ts"
import { hasCode } from "../../support/error-code.ts"

describe("the figures of the page", function () {
    this.timeout(60_000)
    const resources = new Resources()
    let world: World
    let serving: Serving

    before(async () => {
        world = await openWorld()
        serving = await serve({ app: world.app, port: 0 })
    })
    after(async () => {
        await resources.close()
        await serving.close()
        await world.end()
    })

    it("count requests and bytes of the first view, its script and its heap", async function () {
        if (!existsSync(CHROMIUM_FILE)) return this.skip()
        const browser = await startChromium(resources, CHROMIUM_FILE)
        const { requests, bytes, streamBytes, tilesMs, scriptMs, kept } = await measureFirstView(
            browser,
            serving.url,
            1,
            1,
        )
        // the page, its script and its style at least
        assert.ok(requests >= 3 && requests <= 6, `${requests} requests`)
        assert.ok(bytes > 5000 && bytes + streamBytes <= 60_000, `${bytes} and ${streamBytes} bytes`)
        for (const value of [streamBytes, tilesMs, scriptMs, kept.heapBytes, kept.nodes, kept.listeners])
            assert.ok(value > 0)
    })

    it("need Chromium", () => assert.rejects(startChromium(resources, "/nowhere/chromium"), hasCode("BROWSER_MISSING")))
})
