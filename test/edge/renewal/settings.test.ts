import assert from "node:assert/strict"
import { AirpinError } from "../../../certs/error.ts"
import { parseSettings, readSettings } from "../../../devs/edge/renewal/settings.ts"
import { temporaryFolder } from "../../support/airpin.ts"
import { hasCode } from "../../support/error-code.ts"

const least = {
    names: ["air.example.org"],
    sources: [{ kind: "acme", directory: "https://ca.example/dir", challenge: { kind: "listen" } }],
    target: { kind: "hook", command: ["systemctl", "reload", "airpin"] },
}
const parse = (value: unknown) => parseSettings(JSON.stringify(value), "edge.json", "/srv/edge")

/** What is wrong with these settings, one text a field. */
function problemsOf(value: unknown): string[] {
    try {
        parse(value)
        return []
    } catch (error) {
        assert.ok(error instanceof AirpinError)
        assert.equal(error.code, "EDGE_SETTINGS_WRONG")
        return error.message.replace("edge.json: ", "").split("; ")
    }
}

describe("settings of the edge", () => {
    it("need names, a source and a target; the rest has defaults", () => {
        assert.deepEqual(parse(least), {
            names: ["air.example.org"],
            sources: [{ kind: "acme", directory: "https://ca.example/dir", challenge: { kind: "listen", port: 80 } }],
            keyTypes: ["P-256", "RSA-2048"],
            target: { kind: "hook", command: ["systemctl", "reload", "airpin"] },
            handshake: { host: "air.example.org", port: 443 },
        })
    })

    it("take relative paths from the folder", () => {
        const certbot = { kind: "certbot", webroot: "acme", ca: "../roots.pem" }
        const settings = parse({ ...least, sources: [certbot], database: "/var/lib/readings.db", manifests: "build" })
        assert.deepEqual(settings.sources, [{ kind: "certbot", webroot: "/srv/edge/acme", ca: "/srv/roots.pem" }])
        assert.deepEqual([settings.database, settings.manifests], ["/var/lib/readings.db", "/srv/edge/build"])
    })

    it("have an external account, a wait after the DNS hook, and what certbot renews by itself", () => {
        const acme = { kind: "acme", directory: "https://ca.example/dir" }
        const dns = { kind: "dns", hook: ["/usr/local/bin/record"], waitSeconds: 5 }
        const sources = [
            { ...acme, externalAccount: { keyId: "kid", hmacKeyFile: "eab" }, challenge: dns },
            { kind: "certbot-live", folder: "/etc/letsencrypt/live/air.example.org" },
        ]
        const externalAccount = { keyId: "kid", hmacKeyFile: "/srv/edge/eab" }
        assert.deepEqual(parse({ ...least, sources }).sources, [{ ...sources[0], externalAccount }, sources[1]])
        const secret = { ...acme, externalAccount: { keyId: "kid", hmacKey: "secret" }, challenge: dns }
        assert.match(problemsOf({ ...least, sources: [secret] }).join(), /externalAccount\.hmacKey is not a setting/)
    })

    it("are refused with every wrong field at once", () => {
        const problems = problemsOf({
            names: ["*.example.org"],
            mail: "a@b.c",
            email: "nobody",
            sources: [
                { kind: "acme", directory: "http://ca.example/dir", challenge: { kind: "smoke" } },
                { kind: "certbot" },
            ],
            keyTypes: ["RSA-1024"],
            target: { kind: "haproxy", socket: "" },
            handshake: { host: "air example", port: 0 },
        })
        assert.deepEqual(problems, [
            "mail is not a setting (known: names, email, sources, keyTypes, preferredChain, target, handshake, database, manifests)",
            "names[0] is not a DNS name without *",
            "email is not an e-mail address",
            "sources[0].directory is not an https:// URL without a user name",
            "sources[0].challenge.kind is not one of webroot, listen, dns",
            "sources[1].webroot is missing",
            "keyTypes[0] is not one of P-256, P-384, RSA-2048",
            "target.socket is not a text that is not empty",
            '"air example" is neither a host name nor an IP address',
            "handshake.port is not a port from 1 to 65535",
        ])
    })

    it("name a missing field, and a name given twice", () => {
        assert.deepEqual(problemsOf({}), ["names is missing", "sources is missing", "target is missing"])
        assert.deepEqual(problemsOf({ ...least, names: ["a.example", "A.example"] }), ["names has a name twice"])
        assert.deepEqual(problemsOf([]), ["the file is not an object"])
    })

    it("are missing in a folder without edge.json", async () => {
        await assert.rejects(readSettings(await temporaryFolder()), hasCode("EDGE_SETTINGS_MISSING"))
    })
})
