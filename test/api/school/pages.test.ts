import assert from "node:assert/strict"
import { openWorld, type World } from "../support/world.ts"

describe("the pages of a school", () => {
    let world: World

    before(async () => {
        world = await openWorld()
    })
    after(() => world?.end())

    it("show the week of any of its days, and the current one for an unreadable date", async () => {
        for (const [query, shown] of [
            ["", "school?from=2025-01-06"],
            ["?from=2024-12-25", "school?from=2024-12-16"],
            ["?from=x", "school?from=2025-01-06"],
        ]) {
            const { statusCode, body } = await world.get(`/school${query}`)
            assert.deepEqual(
                [statusCode, /href="([^"]+)" rel="prev"/.exec(body)?.[1]?.replaceAll("&#x3D;", "=")],
                [200, shown],
            )
            assert.match(body, /<th scope="row"><a href="rooms\/kitchen">Kitchen<\/a>/)
        }
    })

    it("show the report of a month", async () => {
        const { statusCode, body } = await world.get("/school/report?month=2024-12")
        assert.equal(statusCode, 200)
        assert.match(body, /<h1>[^<]*December 2024<\/h1>/)
        assert.match(body, /month=2025-01" rel="next"/)
    })
})
