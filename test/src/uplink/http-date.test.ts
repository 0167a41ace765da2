import assert from "node:assert/strict"
import { type Interview, interview } from "../../support/program.ts"

describe("the firmware's time of day", () => {
    let ask: Interview["ask"]
    before(async () => ({ ask } = await interview()))

    it("reads the server's date to the second", () => {
        const dates = {
            "Sun, 06 Nov 1994 08:49:37 GMT": 784111777,
            "Thu, 01 Jan 1970 00:00:00 GMT": 0,
            "Wed, 04 Feb 2015 17:51:00 GMT": 1423072260,
            "Thu, 29 Feb 2024 23:59:59 GMT": 1709251199,
            "Fri, 01 Mar 2024 00:00:00 GMT": 1709251200,
            "Tue, 31 Dec 2069 23:59:59 GMT": 3155759999,
            "Mon, 01 Mar 2100 00:00:00 GMT": 4107542400,
        }
        for (const [text, seconds] of Object.entries(dates)) assert.equal(ask("parseHttpDate", text), seconds, text)
    })

    it("refuses any other text", () => {
        const texts = [
            "",
            "now",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, xx Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "1994-11-06T08:49:37Z",
        ]
        for (const text of texts) assert.equal(ask("parseHttpDate", text), null, text)
    })

    describe("learned from responses", () => {
        beforeEach(() => ask("clockNew"))

        it("is unknown until a response has a date", () => {
            assert.equal(ask("clockLearn", null, 1, 2), null)
            assert.equal(ask("clockLearn", 1000, 100, 100), 900)
        })

        it("is kept while the difference is below 2 s, and moved by more", () => {
            ask("clockLearn", 1000, 100, 100)
            assert.equal(ask("clockLearn", 1061, 160, 160), 900)
            assert.equal(ask("clockLearn", 1059, 160, 160), 900)
            assert.equal(ask("clockLearn", 1062, 160, 160), 902)
            assert.equal(ask("clockLearn", 1000, 160, 160), 840)
        })

        it("is kept if a response took long", () => {
            ask("clockLearn", 1000, 100, 100)
            assert.equal(ask("clockLearn", 2015, 1100, 1120), 900)
        })
    })
})
