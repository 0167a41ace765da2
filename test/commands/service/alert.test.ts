import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { createServer as createHttpServer } from "node:http"
import { createServer } from "node:https"
import path from "node:path"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { Receiver } from "../../api/alerts/receiver.ts"
import { storedIn } from "../../api/support/stored.ts"
import { co2Batch } from "../../api/support/world.ts"
import { airpin, airpinUntil, temporaryFolder } from "../../support/airpin.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

const SECRET = Buffer.alloc(32, 5).toString("base64")
const TOKEN = "tk_do-not-show-me"
const HOOK = "T0-secret-path"
const TOPIC = "secret-topic"

describe("airpin alert", function () {
    this.timeout(60_000)
    let folder: string
    let receiver: Receiver
    const file = (name: string) => path.join(folder, name)

    beforeEach(async () => {
        folder = await temporaryFolder()
        receiver = new Receiver()
    })
    afterEach(() => receiver.stop())

    const environment = (variables: Record<string, string>) =>
        writeFile(
            file("airpin.env"),
            Object.entries(variables)
                .map(([name, value]) => `${name}=${value}\n`)
                .join(""),
        )
    const test = (...more: string[]) => airpin(["alert", "test", "--env", "airpin.env", ...more], folder)

    /** A device whose air has been bad for 20 minutes. */
    async function storeBadAir(): Promise<void> {
        const nowS = Math.floor(Date.now() / 1000)
        const db = await openDatabase(file("readings.db"))
        await addDevice(db, { id: "room-103", name: "Room 103", createdAt: nowS - 86_400 })
        const ppms = Array.from({ length: 20 }, () => 2120)
        await storedIn(db).append("room-103", co2Batch(1, nowS - 19 * 60, ppms), nowS)
        await db.close()
    }

    it("test sends one to every channel, and says what happened, without any secret", async () => {
        const ca = await temporaryCa()
        const { keyPem, chainPem } = await ca.issue({ names: ["localhost"] })
        const port = await receiver.start(createServer({ key: keyPem, cert: chainPem }))
        await writeFile(file("root.pem"), ca.rootPem)
        await environment({
            ALERT_WEBHOOK_URL: `https://localhost:${port}/${HOOK}`,
            ALERT_WEBHOOK_SECRET: SECRET,
            ALERT_NTFY_URL: `https://localhost:${port}/${TOPIC}`,
            ALERT_NTFY_TOKEN: TOKEN,
            ALERT_CA_FILE: "root.pem",
        })
        const { code, stdout, stderr } = await test()
        assert.equal(code, 0, stderr)
        assert.equal(
            stdout,
            `webhook   delivered: https://localhost:${port}\nntfy      delivered: https://localhost:${port}\n`,
        )
        const bodies = receiver.received.map(({ body }) => JSON.parse(body))
        assert.deepEqual(bodies.map(({ event, title }) => event ?? title).sort(), ["airpin: test", "test"])

        receiver.status = 403
        const refused = await test("--json")
        assert.equal(refused.code, 1)
        const { channels, error } = JSON.parse(refused.stdout)
        assert.deepEqual(
            channels.map(({ error }: { error: string }) => error),
            [`localhost:${port}: it responded 403 Forbidden`, `localhost:${port}: it responded 403 Forbidden`],
        )
        assert.equal(error.code, "ALERT_UNDELIVERED")
        for (const text of [stdout, stderr, refused.stdout, refused.stderr])
            for (const secret of [SECRET, TOKEN, HOOK, TOPIC]) assert.ok(!text.includes(secret))
    })

    it("test says which file of variables cannot be read", async () => {
        const { code, stderr } = await airpin(["alert", "test", "--env", "missing.env"], folder)
        assert.deepEqual([code, /missing\.env.*\[FILE_UNREADABLE\]\nnext /.test(stderr)], [1, true], stderr)
    })

    it("test needs a channel", async () => {
        const { code, stderr } = await airpin(["alert", "test"], folder)
        assert.equal(code, 2)
        assert.match(stderr, /no channel for alerts is set \[ALERT_CHANNEL_MISSING\]/)
    })

    it("list shows what serve has told, limit gives a device its own limits, and close ends an alert", async () => {
        await storeBadAir()
        const port = await receiver.start(createHttpServer())
        process.env["ALERT_WEBHOOK_URL"] = `http://127.0.0.1:${port}/`
        process.env["ALERT_WEBHOOK_SECRET"] = SECRET
        try {
            const args = ["serve", "--port", "0", "--db", "readings.db"]
            const serving = await airpinUntil(args, text => text.includes("Ctrl-C"), 30_000, folder)
            for (let ms = 0; receiver.received.length === 0 && ms < 5000; ms += 20)
                await new Promise(resolve => setTimeout(resolve, 20))
            const { code, stdout } = await serving.stop()
            assert.equal(code, 0)
            assert.match(stdout, new RegExp(`^alerts {4}webhook: http://127.0.0.1:${port}$`, "m"))
        } finally {
            delete process.env["ALERT_WEBHOOK_URL"]
            delete process.env["ALERT_WEBHOOK_SECRET"]
        }
        const text = "Room 103: CO2 2,120 ppm for 20 minutes: open a window"
        assert.deepEqual(
            receiver.received.map(({ body }) => JSON.parse(body).text),
            [text],
        )
        const db = ["--db", "readings.db"]
        const listed = (await airpin(["alert", "list", ...db], folder)).stdout
        const [, id = ""] = /^ +([0-9a-f]{16}) +\S+ +open +Room 103: CO2 .* window +webhook$/m.exec(listed) ?? []
        assert.match(listed, /^ +ID +SINCE +UNTIL +ALERT +SENT$/m)

        const own = ["--co2-ppm", "1200", "--silent-minutes", "default", "--json"]
        const limits = await airpin(["alert", "limit", "Room 103", ...own, ...db], folder)
        assert.deepEqual(JSON.parse(limits.stdout), {
            device: "Room 103",
            co2Ppm: 1200,
            co2Minutes: null,
            silentMinutes: null,
        })

        assert.equal((await airpin(["alert", "close", id, ...db], folder)).code, 0)
        const [closed] = JSON.parse((await airpin(["alert", "list", ...db, "--json"], folder)).stdout)
        assert.equal(closed.text, `${text} (closed by hand)`)
    })

    it("settings that are wrong keep serve from starting", async () => {
        process.env["MQTT_URL"] = "mqtt://air:do-not-show-me@broker.example"
        try {
            const { code, stderr } = await airpin(["serve", "--port", "0"], folder)
            assert.equal(code, 2)
            assert.match(stderr, /MQTT_URL: mqtt:\/\/ would send the password to broker\.example in the clear/)
            assert.doesNotMatch(stderr, /do-not-show-me/)
        } finally {
            delete process.env["MQTT_URL"]
        }
    })
})
