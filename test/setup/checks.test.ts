import assert from "node:assert/strict"
import { listBoards, readBoard } from "../../devs/image/boards.ts"
import { parseAnswers } from "../../devs/setup/answers.ts"
import { boardOf, choiceOf, groupNameOf, serverOf, wifiOf } from "../../devs/setup/checks.ts"
import { hasCode } from "../support/error-code.ts"

describe("the checks of airpin setup", () => {
    it("takes a server as the device does, and a host alone", () => {
        assert.equal(serverOf("air.example.org"), "https://air.example.org")
        assert.equal(serverOf(" https://air.example.org:8443/ "), "https://air.example.org:8443")
        assert.equal(serverOf("here"), "here")
        for (const wrong of ["", "http://air.example.org", "https://air.example.org/api", "https://[::1]", "a b"])
            assert.throws(() => serverOf(wrong), hasCode("SETTING_INVALID"), wrong)
    })

    it("takes one of a list by its number or its name", async () => {
        assert.equal(choiceOf(["usb", "simulated"], "2"), "simulated")
        assert.equal(choiceOf(["usb", "simulated"], "USB"), "usb")
        for (const wrong of ["0", "3", "", "1.5"])
            assert.throws(() => choiceOf(["usb", "simulated"], wrong), hasCode("SETUP_ANSWER_INVALID"), wrong)
        const boards = await Promise.all((await listBoards()).map(readBoard))
        assert.equal(boardOf(boards, "1").id, boards[0]!.id)
        assert.equal(boardOf(boards, "m5stack fire").id, "m5stack_fire")
        for (const wrong of ["", "0", "99", "m5"]) assert.throws(() => boardOf(boards, wrong), hasCode("BOARD_UNKNOWN"))
    })

    it("takes a group in parts, and a network with a name", () => {
        assert.equal(groupNameOf("Building A/Floor 1"), "Building A / Floor 1")
        assert.throws(() => groupNameOf("x".repeat(65)), hasCode("SITE_DOCUMENT_INVALID"))
        assert.throws(() => wifiOf(""), hasCode("SETTING_INVALID"))
        assert.throws(() => wifiOf("ä".repeat(17)), hasCode("WIFI_SSID_TOO_LONG"))
    })

    it("reads a file of answers, and refuses names that are no question without quoting values", () => {
        assert.deepEqual(parseAnswers("{ purpose: 'usb', interval: 30, pin: true }", "a"), {
            purpose: "usb",
            interval: "30",
            pin: "yes",
        })
        for (const wrong of ["{ pasword: 'secret' }", "{ token: ['secret'] }", "'secret'", "{ token: secret"])
            assert.throws(
                () => parseAnswers(wrong, "a"),
                (error: Error) => hasCode("SETUP_ANSWERS_UNREADABLE")(error) && !error.message.includes("secret"),
            )
    })
})
