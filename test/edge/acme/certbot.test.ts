import assert from "node:assert/strict"
import { createPrivateKey, X509Certificate } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import path from "node:path"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { type CertbotOptions, CertbotSource, summary } from "../../../devs/edge/acme/certbot.ts"
import { CertbotLiveSource } from "../../../devs/edge/acme/certbot-live.ts"
import type { Issued } from "../../../devs/edge/renewal/types.ts"
import { onPath } from "../../ha/cluster/debian.ts"
import { until } from "../../ha/cluster/waiting.ts"
import { hasCode } from "../../support/error-code.ts"
import { temporaryCa } from "../../support/tls-servers.ts"
import { type Facade, startFacade } from "../support/ca-facade.ts"
import { type Pebble, pebbleMissing, startPebble } from "../support/pebble.ts"
import { ORDER, temporaryFolder } from "./support.ts"

describe("certbot", () => {
    let pebble: Pebble
    let facade: Facade
    let folder: string
    let webroot: string
    let server: Server

    before(async function () {
        if (pebbleMissing() !== undefined || !onPath("certbot")) this.skip()
        pebble = await startPebble()
        facade = await startFacade(pebble)
        folder = await temporaryFolder()
        webroot = path.join(folder, "webroot")
        await mkdir(webroot)
        server = createServer(async (request, response) => {
            const body = await readFile(path.join(webroot, request.url!)).catch(() => undefined)
            response.writeHead(body ? 200 : 404).end(body)
        }).listen(pebble.httpPort, "127.0.0.1")
    })
    after(async () => {
        server?.close()
        await facade?.stop()
        await pebble?.stop()
    })

    const source = (options: Partial<CertbotOptions> = {}) =>
        new CertbotSource({
            directory: facade.directory,
            caFile: pebble.caFile,
            folder: path.join(folder, "edge"),
            webroot,
            email: "owner@example.org",
            ...options,
        })

    it("obtains a certificate, and leaves its account and its log alone, in the edge folder", async () => {
        const issued = await source().issue({ names: ["air.test", "b.air.test"], keyType: "P-384" })
        const [leaf] = parsePem(issued.chains[0]!.pem)
        const certificate = new X509Certificate(leaf.der)
        assert.ok(certificate.checkPrivateKey(createPrivateKey(issued.keyPem)))
        assert.equal(certificate.subjectAltName, "DNS:air.test, DNS:b.air.test")
        assert.equal(createPrivateKey(issued.keyPem).asymmetricKeyDetails?.namedCurve, "secp384r1")
        assert.match(issued.chains[0]!.label, /^default \(CN=Pebble Root CA [0-9a-f]{6}\)$/)
        const left = await readdir(path.join(folder, "edge", "certbot"))
        assert.deepEqual(left.sort(), ["cli.ini", "config", "logs", "work"])
        assert.deepEqual(await readdir(path.join(folder, "edge/certbot/config")), ["accounts", "renewal-hooks"])
        assert.deepEqual(await readdir(path.join(webroot, ".well-known")).catch(() => []), [])
    })

    it("that fails is CERTBOT_FAILED with the CA's detail, and nothing of what certbot always prints", async () => {
        const other = await temporaryFolder()
        await assert.rejects(source({ webroot: other }).issue(ORDER), error => {
            hasCode("CERTBOT_FAILED")(error)
            assert.match(String(error), /certbot: air\.test: .*404/)
            return true
        })
    })

    it("that is limited is ACME_RATE_LIMITED", async () => {
        const fault = { status: 429, type: "rateLimited", detail: "too many certificates already issued" }
        facade.inject({ on: "newOrder", times: Infinity, fault })
        await assert.rejects(source().issue(ORDER), error => {
            hasCode("ACME_RATE_LIMITED")(error)
            assert.match(String(error), /too many certificates already issued/)
            return true
        })
        facade.clearFaults()
    })
})

describe("certbot's run", () => {
    it("without certbot is CERTBOT_MISSING, with the command that installs it", async () => {
        const folder = await temporaryFolder()
        const source = new CertbotSource({ program: "/nonexistent/certbot", folder, webroot: folder })
        await assert.rejects(source.issue(ORDER), error => {
            hasCode("CERTBOT_MISSING")(error)
            assert.equal((error as { nextStep: string }).nextStep, "install it: apt install certbot")
            return true
        })
    })

    it("is ended with everything that it started", async () => {
        const folder = await temporaryFolder()
        const program = path.join(folder, "hanging-certbot")
        await writeFile(program, `#!/bin/sh\nsleep 60 &\necho $! > ${folder}/pid\nwait\n`, { mode: 0o755 })
        const source = new CertbotSource({ program, folder, webroot: folder, timeoutMs: 500 })
        await assert.rejects(source.issue(ORDER), /did not end within 0\.5 s/)
        const pid = Number(await readFile(path.join(folder, "pid"), "utf8"))
        await until("it has ended", 5_000, () => hasEnded(pid) || undefined)
    })

    /** Also a process that nobody has waited for. */
    const hasEnded = (pid: number) => {
        const file = `/proc/${pid}/stat`
        return !existsSync(file) || readFileSync(file, "utf8").split(") ")[1]?.startsWith("Z") === true
    }

    it("with version 2.1 cannot ask for a profile", async () => {
        const folder = await temporaryFolder()
        const program = path.join(folder, "old-certbot")
        await writeFile(program, "#!/bin/sh\necho certbot 2.1.0\n", { mode: 0o755 })
        const order = { ...ORDER, profile: "shortlived" }
        await assert.rejects(new CertbotSource({ program, folder, webroot: folder }).issue(order), error => {
            hasCode("ACME_PROFILE_UNKNOWN")(error)
            assert.match(String(error), /certbot 2\.1\.0 cannot ask for the profile "shortlived"/)
            return true
        })
    })

    it("is summed up in one line", () => {
        const output = `Saving debug log to /x/letsencrypt.log
Requesting a certificate for air.test

Certbot failed to authenticate some domains (authenticator: webroot). The Certificate Authority reported these problems:
  Domain: air.test
  Type:   connection
  Detail: 127.0.0.1: Fetching http://air.test/.well-known/acme-challenge/x: Connection refused

Hint: The Certificate Authority failed to download the temporary challenge files created by Certbot.

Some challenges have failed.
Ask for help or search for solutions at https://community.letsencrypt.org.`
        const line = "air.test: 127.0.0.1: Fetching http://air.test/.well-known/acme-challenge/x: Connection refused"
        assert.equal(summary(output), line)
        assert.equal(
            summary("Saving debug log to /x\nAn unexpected error occurred:\nno route\n"),
            "An unexpected error occurred: no route",
        )
    })
})

describe("certbot's own certificate", () => {
    const day = (count: number) => new Date(Date.UTC(2026, 0, 1) + count * 24 * 3600 * 1000)

    async function lineage(): Promise<{ folder: string; renew(from: number): Promise<Issued> }> {
        const [folder, ca] = [await temporaryFolder(), await temporaryCa()]
        const renew = async (from: number) => {
            const { keyPem, chainPem } = await ca.issue({ notBefore: day(from), notAfter: day(from + 90) })
            await writeFile(path.join(folder, "fullchain.pem"), chainPem)
            await writeFile(path.join(folder, "privkey.pem"), keyPem, { mode: 0o600 })
            return { keyPem, keyType: "P-256" as const, chains: [{ pem: chainPem, label: "" }] }
        }
        return { folder, renew }
    }

    it("is due once certbot has renewed it, and is taken as it is", async () => {
        const { folder, renew } = await lineage()
        const source = new CertbotLiveSource(folder)
        const [served] = parsePem((await renew(0)).chains[0]!.pem)
        assert.equal((await source.renewalInfo(served)).endMs, day(75).getTime())
        await assert.rejects(source.issue({ ...ORDER, replaces: served }), hasCode("CERTBOT_NOT_RENEWED"))
        const renewed = await renew(60)
        assert.equal((await source.renewalInfo(served)).endMs, day(60).getTime())
        const issued = await source.issue({ ...ORDER, replaces: served })
        assert.deepEqual([issued.keyPem, issued.chains[0]!.pem], [renewed.keyPem, renewed.chains[0]!.pem])
        assert.equal(issued.keyType, "P-256")
    })

    it("that is not there is CERTBOT_LINEAGE_MISSING", async () => {
        const source = new CertbotLiveSource(await temporaryFolder())
        await assert.rejects(source.issue(ORDER), hasCode("CERTBOT_LINEAGE_MISSING"))
    })
})
