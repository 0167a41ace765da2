import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { readdir, readFile, stat } from "node:fs/promises"
import { request } from "node:https"
import path from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { airpin, airpinUntil, BIN, temporaryFolder } from "../../support/airpin.ts"
import { PASSWORD, sameOrigin } from "./closed-world.ts"

const NEW_PASSWORD = "another horse battery"

interface Answer {
    status: number
    headers: Record<string, string | string[] | undefined>
    body: string
}

describe("after a full run of the server and its commands", function () {
    this.timeout(120_000)
    let folder: string
    /** what must appear nowhere but where it is meant to be shown once */
    const secrets: Record<string, string> = {}
    /** what the server and the commands printed, but for the lines that show a secret once */
    let printed = ""

    /** Alerts and MQTT whose receivers are away: what fails is printed and logged. Port 9 is discard (RFC 863). */
    const receivers = {
        ALERT_WEBHOOK_URL: "https://127.0.0.1:9/webhook-path-secret",
        ALERT_WEBHOOK_SECRET: Buffer.from("webhook-key-secret-0123456789").toString("base64"),
        ALERT_NTFY_URL: "https://127.0.0.1:9/ntfy-topic-secret",
        ALERT_NTFY_TOKEN: "tk_ntfy-token-secret",
        ALERT_SMTP_URL: "smtps://user:smtp-password-secret@127.0.0.1:9",
        ALERT_EMAIL_FROM: "airpin@example.org",
        ALERT_EMAIL_TO: "caretaker@example.org",
        // an alert at once: the throw-away certificate ends earlier
        ALERT_CERTIFICATE_DAYS: "365",
        MQTT_URL: "mqtts://user:mqtt-password-secret@127.0.0.1:9",
    }
    /** what is printed, and logged, when a receiver fails */
    const failures = [/alerts by webhook/, /alerts by ntfy/, /alerts by email/, /MQTT broker/]

    before(async () => {
        folder = await temporaryFolder()
        const serving = await airpinUntil(
            ["serve", "--port", "0", "--log", "serve.log", "--log-level", "debug"],
            text => text.includes("Ctrl-C"),
            60_000,
            folder,
            BIN,
            receivers,
        )
        Object.assign(secrets, {
            webhookPath: "webhook-path-secret",
            webhookKey: receivers.ALERT_WEBHOOK_SECRET,
            ntfyTopic: "ntfy-topic-secret",
            ntfyToken: receivers.ALERT_NTFY_TOKEN,
            smtpPassword: "smtp-password-secret",
            mqttPassword: "mqtt-password-secret",
        })
        assert.ok(serving.seen, serving.stdout())
        const [, url = ""] = /^page +(https:\S+)\/$/m.exec(serving.stdout()) ?? []
        secrets.firstLink = /\/v\/(link_\S+)/.exec(serving.stdout())?.[1] ?? ""
        await useEverything(url)
        const { code, stdout, stderr } = await serving.stop()
        assert.equal(code, 0, stderr)
        printed += stderr + withoutShown(stdout)
    })

    /** Each secret is printed once, on a line of its own; those lines are meant to have it. */
    const withoutShown = (text: string) =>
        text.replaceAll(/^.*(shown only once|once, within an hour|send Authorization: Bearer).*$/gm, "")

    async function command(args: string[], input?: string): Promise<string> {
        const { code, stdout, stderr } = await airpin(args, folder, BIN, input)
        assert.equal(code, 0, `${args.join(" ")}: ${stderr}`)
        printed += stderr + withoutShown(stdout)
        return stdout
    }

    async function useEverything(url: string): Promise<void> {
        const ca = readFileSync(path.join(folder, ".airpin/ca/root.pem"))
        const ask = (at: string, method = "GET", headers = {}, body = ""): Promise<Answer> =>
            new Promise((resolve, reject) => {
                const asking = request(`${url}${at}`, { method, ca, headers, agent: false }, async response => {
                    const text = (await response.toArray()).join("")
                    resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
                })
                asking.on("error", reject).end(body)
            })
        const tokenIn = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? assert.fail(text)
        secrets.deviceToken = tokenIn(await command(["device", "add", "kitchen"]), /^token +(\S+)/m)
        secrets.revokedToken = tokenIn(await command(["device", "add", "attic"]), /^token +(\S+)/m)
        await command(["device", "revoke", "attic"])
        secrets.link = tokenIn(await command(["link", "add", "cook", "--device", "kitchen"]), /\/v\/(\S+)/)
        secrets.revokedLink = tokenIn(await command(["link", "add", "guest", "--days", "3"]), /\/v\/(\S+)/)
        await command(["link", "revoke", "guest"])
        await command(["admin", "add", "ada"], `${PASSWORD}\n`)
        await command(["admin", "password", "ada"], `${NEW_PASSWORD}\n`)
        Object.assign(secrets, { password: PASSWORD, newPassword: NEW_PASSWORD, wrongPassword: "wrong horse battery" })
        secrets.wrongToken = "wrong-token-0123456789abcdefghij"

        const bearer = (token = "") => ({ authorization: `Bearer ${token}` })
        const json = { "content-type": "application/json" }
        const batch = JSON.stringify({
            boot: "b1",
            seq: 1,
            time: Math.floor(Date.now() / 1000),
            step: 60,
            co2Ppm: [700],
        })
        const statuses = []
        for (const token of [secrets.deviceToken, secrets.revokedToken, secrets.wrongToken, secrets.link])
            statuses.push((await ask("/api/v1/readings", "POST", { ...bearer(token), ...json }, batch)).status)
        for (const token of [secrets.link, secrets.revokedLink, secrets.deviceToken, secrets.wrongToken])
            statuses.push((await ask("/api/v1/devices", "GET", bearer(token))).status)
        const form = { "content-type": "application/x-www-form-urlencoded", ...sameOrigin }
        for (const password of ["wrongPassword", "newPassword"]) {
            const body = new URLSearchParams({ name: "ada", password: secrets[password] ?? "" }).toString()
            const { status, headers } = await ask("/log-in", "POST", form, body)
            statuses.push(status)
            secrets.sessionCookie = String(headers["set-cookie"]).split(/[=;]/)[1] ?? ""
        }
        const opened = await ask(`/v/${secrets.firstLink}`)
        const cookie = String(opened.headers["set-cookie"]).split(";")[0]
        secrets.linkCookie = cookie?.split("=")[1] ?? ""
        const added = await ask("/api/v1/links", "POST", { cookie, ...json, ...sameOrigin }, '{"name":"page"}')
        secrets.linkOfPage = JSON.parse(added.body).token
        statuses.push(opened.status, added.status)
        assert.deepEqual(statuses, [200, 403, 401, 401, 200, 401, 401, 401, 401, 303, 200, 200])
        // URLs that have a secret where none belongs
        for (const at of [
            `/v/${secrets.firstLink}`,
            `/v/${secrets.link}/x`,
            `/x?token=${secrets.link}`,
            `/%zz${secrets.link}`,
            `/api/v1/devices?token=${secrets.link}`,
        ])
            await ask(at, "GET", { cookie, referer: `${url}/v/${secrets.link}` })
        await ask("/log-out", "POST", { cookie, ...sameOrigin })
        await command(["link", "list"])
        await command(["admin", "list"])
        await command(["device", "list"])
        await command(["--json", "link", "list"])
    }

    /** Every file that the run wrote, with its path below the folder. */
    async function files(): Promise<string[]> {
        const entries = await readdir(folder, { recursive: true, withFileTypes: true })
        return entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name))
    }

    const relative = (file: string) => path.relative(folder, file)

    it("no secret is in the log, in what was printed, or in any file", async () => {
        for (const [name, secret] of Object.entries(secrets)) assert.ok(secret.length >= 16, `${name} is unknown`)
        const log = await readFile(path.join(folder, "serve.log"), "utf8")
        assert.ok(log.split("\n").length > 15, log)
        for (const failure of failures) for (const text of [printed, log]) assert.match(text, failure)
        const places = [
            ["printed", printed],
            ...(await Promise.all((await files()).map(async file => [relative(file), await readFile(file, "latin1")]))),
        ]
        const found = places.flatMap(([place, text = ""]) =>
            Object.entries(secrets)
                .filter(([, secret]) => text.includes(secret) || text.includes(encodeURIComponent(secret)))
                .map(([name]) => `${name} in ${place}`),
        )
        assert.deepEqual(found, [])
    })

    it("the key that signs cookies is in the database and nowhere else", async () => {
        const database = new DatabaseSync(path.join(folder, ".airpin/readings.db"), { readOnly: true })
        const row: Record<string, unknown> | undefined = database
            .prepare("SELECT value FROM state WHERE name = 'cookieSecret'")
            .get()
        database.close()
        const secret = String(row?.value)
        assert.equal(secret.length, 43)
        for (const file of await files())
            if (!relative(file).startsWith(".airpin/readings.db"))
                assert.ok(!(await readFile(file, "latin1")).includes(secret), relative(file))
        assert.ok(!printed.includes(secret))
    })

    it("nobody else may read a file that has secrets or readings, nor its folder", async () => {
        const modes: Record<string, string> = {}
        const entries = await readdir(folder, { recursive: true })
        for (const entry of entries) modes[entry] = ((await stat(path.join(folder, entry))).mode & 0o777).toString(8)
        const certificates = { "intermediate.pem": "644", "root.pem": "644", "server.pem": "644" }
        const keys = { "intermediate.key.pem": "600", "root.key.pem": "600", "server.key.pem": "600" }
        const inCa = Object.entries({ ...certificates, ...keys }).map(([name, mode]) => [`.airpin/ca/${name}`, mode])
        for (const name of [".airpin/readings.db-shm", ".airpin/readings.db-wal"]) {
            assert.equal(modes[name] ?? "600", "600", name)
            delete modes[name]
        }
        assert.deepEqual(modes, {
            ".airpin": "700",
            ".airpin/ca": "700",
            ...Object.fromEntries(inCa),
            ".airpin/readings.db": "600",
            "serve.log": "640",
        })
    })

    it("the log names each refusal once, with the address and without the message", async () => {
        const lines = (await readFile(path.join(folder, "serve.log"), "utf8"))
            .trim()
            .split("\n")
            .map(line => JSON.parse(line))
        const codes = lines.flatMap(({ code }) => code ?? [])
        for (const code of ["TOKEN_UNKNOWN", "TOKEN_REVOKED", "LINK_INVALID", "PASSWORD_WRONG"])
            assert.ok(codes.includes(code), `${code} of ${codes}`)
        assert.equal(lines.find(({ code }) => code === "TOKEN_UNKNOWN").address, "127.0.0.1")
    })
})
