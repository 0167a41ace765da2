import assert from "node:assert/strict"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { retryAfterMs } from "../../../devs/edge/acme/https-message.ts"
import { certificateId } from "../../../devs/edge/acme/renewal-info.ts"
import { hasCode } from "../../support/error-code.ts"
import { type Facade, renewalReplies, startFacade } from "../support/ca-facade.ts"
import { type Pebble, pebbleMissing, startPebble } from "../support/pebble.ts"
import { sourceAt, temporaryFolder } from "./support.ts"

/** RFC 9773, appendix A */
const EXAMPLE = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
`
const EXAMPLE_ID = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
const [leaf] = parsePem(EXAMPLE)

describe("a certificate's identifier at its CA", () => {
    it("is that of the example in RFC 9773", () => {
        assert.equal(certificateId(leaf), EXAMPLE_ID)
    })

    it("is missing without an AuthorityKeyIdentifier", () => {
        assert.equal(certificateId({ ...leaf, extensions: [] }), undefined)
    })
})

describe("Retry-After", () => {
    it("is a number of seconds or a date, and nothing else", () => {
        const nowMs = Date.UTC(2026, 10, 28, 12, 0, 0)
        assert.equal(retryAfterMs("120", nowMs), 120_000)
        assert.equal(retryAfterMs("Sat, 28 Nov 2026 12:01:00 GMT", nowMs), 60_000)
        assert.equal(retryAfterMs("Sat, 28 Nov 2026 11:00:00 GMT", nowMs), 0)
        assert.equal(retryAfterMs("9999999999", nowMs), 31 * 24 * 3600 * 1000)
        assert.equal(retryAfterMs("soon", nowMs), undefined)
        assert.equal(retryAfterMs(undefined, nowMs), undefined)
    })
})

describe("renewal information of a CA", () => {
    let pebble: Pebble
    let facade: Facade
    let folder: string

    before(async function () {
        if (pebbleMissing() !== undefined) this.skip()
        pebble = await startPebble()
        facade = await startFacade(pebble)
        folder = await temporaryFolder()
    })
    after(async () => {
        await facade?.stop()
        await pebble?.stop()
    })

    const look = () => sourceAt(pebble, facade, folder).renewalInfo(leaf)

    it("is undefined if the CA has none", async () => {
        assert.equal(await look(), undefined)
    })

    it("has the window of the certificate with this identifier, and its page", async () => {
        const [startMs, endMs] = [Date.UTC(2026, 11, 1), Date.UTC(2026, 11, 3)]
        const asked: string[] = []
        facade.renewalInfo = id => {
            asked.push(id)
            const reply = renewalReplies.window(startMs, endMs)
            return { ...reply, body: { ...Object(reply.body), explanationURL: "https://ca.test/why" } }
        }
        const explanationUrl = "https://ca.test/why"
        assert.deepEqual(await look(), { startMs, endMs, explanationUrl, retryAfterMs: 21_600_000 })
        assert.deepEqual(asked, [EXAMPLE_ID])
    })

    for (const [sent, ms] of [
        ["5", 60_000],
        ["604800", 86_400_000],
        ["Thu, 01 Jan 1970 00:00:00 GMT", 60_000],
        ["never", undefined],
    ] as const)
        it(`is asked again after ${ms} ms if Retry-After is ${sent}`, async () => {
            facade.renewalInfo = () => renewalReplies.window(1_000, 2_000, sent)
            assert.equal((await look())?.retryAfterMs, ms)
        })

    it("in the past, or far off, is given as it is", async () => {
        const nowMs = Date.UTC(2026, 10, 28)
        facade.renewalInfo = () => renewalReplies.past(nowMs)
        assert.equal((await look())?.endMs, nowMs - 86_400_000)
        facade.renewalInfo = renewalReplies.farOff
        assert.equal((await look())?.startMs, Date.UTC(2999, 0, 1))
    })

    it("that leads nowhere as a page is given without it", async () => {
        const reply = renewalReplies.window(1_000, 2_000)
        facade.renewalInfo = () => ({
            ...reply,
            body: { ...Object(reply.body), explanationURL: "javascript:alert(1)" },
        })
        assert.deepEqual(await look(), { startMs: 1_000, endMs: 2_000, retryAfterMs: 21_600_000 })
    })

    for (const [what, reply, reason] of [
        [
            "whose end is before its start",
            () => renewalReplies.endBeforeStart(Date.now()),
            /its end is not after its start/,
        ],
        ["that is no JSON", renewalReplies.garbage, /the renewal window cannot be used/],
        ["without times", renewalReplies.notTimes, /suggestedWindow\.start is not a time of RFC 3339/],
        ["of another certificate", () => ({ status: 404, body: {} }), /there is no renewal information: .*404/],
    ] as const)
        it(`${what} is ACME_SERVER_ERROR`, async () => {
            facade.renewalInfo = reply
            await assert.rejects(look(), error => {
                hasCode("ACME_SERVER_ERROR")(error)
                assert.match(String(error), reason)
                return true
            })
        })

    it("that is asked for too often is ACME_RATE_LIMITED", async () => {
        facade.inject({ on: "renewalInfo", fault: { status: 429, type: "rateLimited" } })
        await assert.rejects(look(), hasCode("ACME_RATE_LIMITED"))
    })
})
