import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { AcmeSource } from "../../../devs/edge/acme/acme-source.ts"
import { CertbotSource } from "../../../devs/edge/acme/certbot.ts"
import { CertbotLiveSource } from "../../../devs/edge/acme/certbot-live.ts"
import { sourceOf } from "../../../devs/edge/acme/source.ts"
import { readSettings, type SourceSettings } from "../../../devs/edge/renewal/settings.ts"
import { airpin } from "../../support/airpin.ts"
import { temporaryFolder } from "./support.ts"

describe("airpin edge nginx", () => {
    const context = { folder: "/nonexistent", warn: () => undefined }

    /** The source in edge.json after `airpin edge nginx` with these arguments, and the text of edge.json. */
    async function settingsAfter(folder: string, ...more: string[]): Promise<[SourceSettings, string]> {
        const out = path.join(folder, "site.conf")
        const site = ["--domain", "air.test", "--folder", folder, "--out", out, "--no-test"]
        const { code, stderr } = await airpin(["edge", "nginx", ...site, ...more])
        assert.equal(code, 0, stderr)
        const { sources } = await readSettings(folder)
        return [sources[0]!, await readFile(path.join(folder, "edge.json"), "utf8")]
    }

    it("has challenges by DNS, an external account or certbot's own certificate in edge.json", async () => {
        const folder = await temporaryFolder()
        const eab = ["--acme-eab-kid", "kid-1", "--acme-eab-key-file", "/run/secrets/eab"]
        const [dns] = await settingsAfter(folder, "--acme-dns-hook", "/usr/local/bin/record", ...eab)
        assert.deepEqual(dns, {
            kind: "acme",
            directory: "https://acme-v02.api.letsencrypt.org/directory",
            externalAccount: { keyId: "kid-1", hmacKeyFile: "/run/secrets/eab" },
            challenge: { kind: "dns", hook: ["/usr/local/bin/record"] },
        })
        assert.ok(sourceOf(dns, context) instanceof AcmeSource)
        const [live] = await settingsAfter(folder, "--certbot-live", "/etc/letsencrypt/live/air.test")
        assert.deepEqual(live, { kind: "certbot-live", folder: "/etc/letsencrypt/live/air.test" })
        assert.ok(sourceOf(live, context) instanceof CertbotLiveSource)
        const [bot] = await settingsAfter(folder, "--certbot")
        assert.ok(sourceOf(bot, context) instanceof CertbotSource)
    })
})
