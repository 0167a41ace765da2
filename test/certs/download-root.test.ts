import assert from "node:assert/strict"
import { downloadRoot } from "../../certs/download-root.ts"
import type { OperatorRoot } from "../../certs/operators.ts"
import { parseCertificate, toPem } from "../../certs/x509/certificate.ts"
import { ca, dn, ec, mint } from "../support/mint.ts"

const [key, other] = [ec(), ec()]
const [name, otherName] = [dn("Root R"), dn("Other")]
const self = (subject: Buffer, pair = key) =>
    parseCertificate(mint({ subject, issuer: subject, key: pair, signer: pair, extensions: [ca()] }))
const certificate = self(name)
const root: OperatorRoot = {
    subject: "CN=Root R",
    spkiSha256: certificate.spkiSha256,
    url: "https://ca.test/root-r.pem",
    notAfter: "2035-01-01",
}

const respondWith = (body: string | Uint8Array, status = 200) => ({ fetch: async () => new Response(body, { status }) })

describe("downloading a root", () => {
    it("accepts PEM and DER from the address in the table", async () => {
        const asked: string[] = []
        const fetch = async (url: string) => {
            asked.push(url)
            return new Response(toPem(certificate))
        }
        assert.deepEqual((await downloadRoot(root, { fetch })).der, certificate.der)
        assert.deepEqual((await downloadRoot(root, respondWith(certificate.der))).der, certificate.der)
        assert.deepEqual(asked, ["https://ca.test/root-r.pem"])
    })

    it("accepts a root only by its name, its key and its own signature", async () => {
        const signedAcross = parseCertificate(
            mint({ subject: name, issuer: otherName, key, signer: other, extensions: [ca()] }),
        )
        const forged = parseCertificate(mint({ subject: name, issuer: name, key, signer: other, extensions: [ca()] }))
        const wrong = [self(name, other), self(otherName), signedAcross, forged]
        for (const found of wrong)
            await assert.rejects(downloadRoot(root, respondWith(toPem(found))), { code: "DOWNLOAD_NOT_THE_ROOT" })
        for (const text of [
            "",
            "<html>",
            "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
            "-----BEGIN ",
        ]) {
            await assert.rejects(downloadRoot(root, respondWith(text)), { code: "DOWNLOAD_NOT_THE_ROOT" })
        }
    })

    it("reports why the download failed, and where else to get the root", async () => {
        const offline = {
            fetch: () =>
                Promise.reject(new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND ca.test") })),
        }
        await assert.rejects(downloadRoot(root, offline), {
            code: "DOWNLOAD_FAILED",
            message: '"CN=Root R" cannot be downloaded from https://ca.test/root-r.pem: getaddrinfo ENOTFOUND ca.test',
            nextStep: "download it on another machine and give its folder with --anchors DIR",
        })
        await assert.rejects(downloadRoot(root, respondWith("gone", 404)), {
            code: "DOWNLOAD_FAILED",
            message: /HTTP status 404/,
        })
    })

    it("stops when the response is too large or never ends", async () => {
        let sent = 0
        const endless = new ReadableStream({
            pull(controller) {
                sent++
                controller.enqueue(new Uint8Array(10_000))
            },
        })
        await assert.rejects(downloadRoot(root, { fetch: async () => new Response(endless) }), {
            code: "DOWNLOAD_TOO_LARGE",
        })
        assert.ok(sent < 6, `${sent} pieces`)
        const silent = (_: string, { signal }: { signal: AbortSignal }) =>
            new Promise<Response>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)))
        await withLivelyLoop(() =>
            assert.rejects(downloadRoot(root, { fetch: silent, timeoutMs: 30 }), {
                code: "DOWNLOAD_FAILED",
                message: /timeout/,
            }),
        )
    })
})

/** AbortSignal.timeout does not keep a process alive; a real connection does. */
async function withLivelyLoop(work: () => Promise<void>): Promise<void> {
    const timer = setTimeout(() => undefined, 10_000)
    await work().finally(() => clearTimeout(timer))
}
