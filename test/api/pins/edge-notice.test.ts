import assert from "node:assert/strict"
import { edgeNotice } from "../../../devs/api/pins/edge-notice.ts"
import { NOW_S } from "../support/world.ts"
import { edgeStatus, heldBackStatus, refuses } from "./edge-samples.ts"

const DAY_S = 86_400
const notice = (status: Parameters<typeof edgeNotice>[0], nowS = NOW_S) => edgeNotice(status, nowS)
const problem = (...args: Parameters<typeof notice>) => {
    const { needsAction, text } = notice(...args)
    assert.ok(needsAction, text)
    return text
}

describe("the notice about the certificate in use", () => {
    it("says until when it is valid while all is well", () => {
        assert.deepEqual(notice(edgeStatus()), {
            needsAction: false,
            text: "The certificate for air.example.org is renewed as it should, and valid until 24 February 2025",
        })
    })

    it("names the devices that a new one would lock out, and the days left", () => {
        assert.equal(
            problem(heldBackStatus(["kitchen", "gym"], 12)),
            "The new certificate would lock out kitchen, gym: not used. The present one is good for 12 more days",
        )
        assert.match(
            problem(heldBackStatus(["a", "b", "c", "d", "e"], 1)),
            /lock out a, b, c and 2 more: .* 1 more day$/,
        )
        assert.match(problem(heldBackStatus(["gym"], -3)), /not used\. The present one ended 2 days ago$/)
        const { live: _, ...first } = heldBackStatus(["gym"], 1)
        assert.match(problem(first), /not used\. There is none in use$/)
    })

    it("says why there is no first certificate", () => {
        const { live: _, ...first } = edgeStatus()
        const error = { at: first.at, code: "ACME_UNREACHABLE", message: "ca.test: no response", nextStep: "wait" }
        assert.equal(
            problem({ ...first, outcome: "failed", errors: [error] }),
            "There is no certificate for air.example.org yet: ca.test: no response",
        )
    })

    it("tells a device whose pins are not known from one that would refuse it", () => {
        const status = heldBackStatus(["attic"], 12)
        const unknown = { id: "attic", name: "attic", stand: "unknown", reason: "no manifest" } as const
        assert.match(
            problem({ ...status, devices: [unknown] }),
            /^The new certificate might lock out attic, whose pins are not known: not used\. /,
        )
    })

    it("tells first of devices that refuse the one in use", () => {
        const status = { ...heldBackStatus(["gym"], 12), devices: [refuses("kitchen"), refuses("gym")] }
        assert.match(problem(status), /^kitchen, gym refuse the certificate in use\. They get in again with /)
        assert.match(
            problem({ ...status, devices: [refuses("gym")] }),
            /^gym refuses the certificate in use\. It gets /,
        )
    })

    it("says that it ends, and why it was not renewed, once less than a fifth of its life is left", () => {
        const at = new Date(NOW_S * 1000).toISOString()
        const errors = [{ at, code: "ACME_DOWN", message: "the CA does not respond", nextStep: "wait" }]
        const status = edgeStatus({ outcome: "failed", errors })
        assert.ok(!notice(status).needsAction)
        const later = { ...status, at: new Date((NOW_S + 23 * DAY_S) * 1000).toISOString() }
        assert.equal(
            problem(later, NOW_S + 23 * DAY_S),
            "The certificate for air.example.org ends in 17 days and was not renewed: the CA does not respond",
        )
        assert.ok(!notice(later, NOW_S + 21 * DAY_S).needsAction)
        assert.match(problem({ ...later, errors: [] }, NOW_S + 41 * DAY_S), / ended 1 day ago and was not renewed$/)
    })

    it("says when no round has run for two days", () => {
        assert.ok(!notice(edgeStatus(), NOW_S + 2 * DAY_S - 3601).needsAction)
        assert.equal(
            problem(edgeStatus(), NOW_S + 3 * DAY_S),
            "airpin renew has not run for 3 days, so the certificate is not renewed: check its timer",
        )
    })
})
