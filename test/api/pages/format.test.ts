import assert from "node:assert/strict"
import { dayTimeText, timeText } from "../../../devs/api/page/shared/format.ts"
import { openWorld } from "../support/world.ts"

/** 2026-11-28 14:05 in Berlin */
const AT_S = Date.UTC(2026, 10, 28, 13, 5) / 1000
const times = (language: string) => {
    const words = { language, timeZone: "Europe/Berlin" }
    // in some languages a narrow space stands before "PM"
    return [timeText(AT_S, AT_S, words), dayTimeText(AT_S, words)].map(text => text.replaceAll(/\s/g, " "))
}

describe("times of the pages", () => {
    for (const [language, expected] of [
        ["en", ["14:05", "28 Nov, 14:05"]],
        ["en-US", ["02:05 PM", "Nov 28, 02:05 PM"]],
        ["de", ["14:05", "28. Nov., 14:05"]],
        ["fr", ["14:05", "28 nov., 14:05"]],
        ["es", ["14:05", "28 nov, 14:05"]],
        ["it", ["14:05", "28 nov, 14:05"]],
        ["nl", ["14:05", "28 nov, 14:05"]],
    ] as const)
        it(`are those of ${language}`, () => assert.deepEqual(times(language), expected))

    it("have their day when they are not of today, in the school's time zone", () => {
        const words = { language: "en", timeZone: "Europe/Berlin" }
        assert.equal(timeText(AT_S, AT_S + 86_400, words), dayTimeText(AT_S, words))
    })

    it("are those of the browser in English, if it speaks English first, else British", async () => {
        const world = await openWorld()
        for (const [header, cookie, expected] of [
            ["en-US,en;q=0.9", "", "en-US"],
            ["en", "", "en-GB"],
            ["de, en-US", "language=en", "en-GB"],
            ["en-US", "language=de", "de"],
        ] as const) {
            const headers = { "accept-language": header, cookie }
            const { body } = await world.app.inject({ url: "/wall", headers })
            assert.equal(/"language":"([\w-]+)"/.exec(body)?.[1], expected, header)
        }
        await world.end()
    })
})
