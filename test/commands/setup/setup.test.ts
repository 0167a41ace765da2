import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { sql } from "kysely"
import { addAdmin } from "../../../devs/api/access/admins.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { groupOf } from "../../../devs/api/site/site.ts"
import { readSite } from "../../../devs/api/site/site-store.ts"
import { knownDevice, listDevices } from "../../../devs/api/store/devices.ts"
import { type LocalApi, startLocalApi } from "../../../devs/testbed/local-service.ts"
import { ChipModel } from "../../flash/support/chip-model.ts"
import { hasPseudoTerminals } from "../../flash/support/pseudo-terminal.ts"
import { airpin, BIN, temporaryFolder } from "../../support/airpin.ts"
import { buildFirmware, packBundleBe, realRoots } from "../../support/firmware-image.ts"
import { temporaryCa, tlsServer } from "../../support/tls-servers.ts"

const TERMINAL = fileURLToPath(new URL("terminal.py", import.meta.url))
const MAX_WAIT_MS = 60_000
const PASSWORD = "correct horse #1"
const ADMIN_PASSWORD = "battery staple #2"

/** A command in a pseudo-terminal, and a person who reads and types. */
class Person {
    shown = ""
    readonly exited: Promise<number | null>
    readonly #child: ChildProcess
    #read = 0
    #wake: () => void = () => undefined

    constructor(args: string[], cwd: string) {
        const command = [TERMINAL, process.execPath, BIN, ...args]
        this.#child = spawn("python3", command, { cwd, env: { ...process.env, NO_COLOR: "1" } })
        this.#child.stdout?.on("data", data => {
            this.shown += String(data).replaceAll("\r", "")
            this.#wake()
        })
        this.exited = new Promise(resolve => this.#child.once("exit", resolve))
        after(() => this.#child.kill())
    }

    /** Waits until this is shown, after what was waited for before. */
    async reads(text: string): Promise<void> {
        const timer = setTimeout(() => this.#wake(), MAX_WAIT_MS)
        const endMs = Date.now() + MAX_WAIT_MS
        let hasEnded = false
        void this.exited.then(() => {
            hasEnded = true
            this.#wake()
        })
        while (!this.shown.includes(text, this.#read)) {
            assert.ok(!hasEnded && Date.now() < endMs, `"${text}" is not shown after:\n${this.shown}`)
            await new Promise<void>(resolve => (this.#wake = resolve))
        }
        clearTimeout(timer)
        this.#read = this.shown.indexOf(text, this.#read) + text.length
    }

    async answers(question: string, ...lines: string[]): Promise<void> {
        for (const line of lines) {
            await this.reads(question)
            await this.reads(": ")
            this.#child.stdin?.write(`${line}\n`)
        }
    }

    async agrees(question: string, answer: string): Promise<void> {
        await this.reads(question)
        await this.reads("[y/N] ")
        this.#child.stdin?.write(`${answer}\n`)
    }

    press(key: string): void {
        this.#child.stdin?.write(key)
    }
}

describe("airpin setup", function () {
    this.timeout(120_000)
    let folder: string
    let api: LocalApi
    let options: string[]

    before(async function () {
        if (!hasPseudoTerminals) this.skip()
        folder = await temporaryFolder()
        const authority = await temporaryCa({ rootName: "Test root", intermediateName: "Test CA" })
        api = await startLocalApi({ authority, databaseDirectory: folder, now: Date.now })
        await writeFile(path.join(folder, "root.pem"), authority.rootPem)
        const runtime = { dataBytes: 4096, codeBytes: 0, ramBytes: 1024, bundles: [packBundleBe(realRoots(3))] }
        await writeFile(path.join(folder, "esp32.bin"), buildFirmware({ chip: "esp32", apps: [runtime] }))
        options = ["setup", "--db", "readings.db", "--env", "room.env", "--ca", "root.pem", "--no-siblings"]
        options.push("--pinned", "pinned", "--firmware", "esp32.bin", "--out", "room.bin")
        await writeFile(path.join(folder, "room.env"), "# mine\nLANGUAGE=de\nAPI_URL=https://old.example.org\n")
    })
    after(() => api?.close())

    const envFile = () => readFile(path.join(folder, "room.env"), "utf8")

    it("asks again after each wrong answer, and ends with the first reading of a simulated device", async () => {
        const person = new Person(options, folder)
        await person.answers("what for", "3", "2")
        await person.answers("server", "http://localhost", "localhost:1", `${api.url}/`)
        await person.reads("Test root")
        await person.agrees("Pin these anchors", "y")
        await person.answers("name of the room", "x".repeat(65), "Room 7")
        await person.answers("building and floor", "x".repeat(65), "Building A/Floor 1")
        await person.reads("M5Stack Fire (m5stack_fire)")
        await person.answers("board, by", "99", "M5Stack Core (Basic, Gray)")
        await person.answers("seconds a reading", "1", "5")
        await person.answers("token: 1", "4", "1")
        await person.agrees("Replace API_URL in room.env?", "y")
        await person.reads("first reading arrived")
        assert.equal(await person.exited, 0)
        for (const code of [
            "SETUP_ANSWER_INVALID",
            "CONNECTION_REFUSED",
            "DEVICE_NAME_INVALID",
            "SETTING_INVALID",
            "SITE_DOCUMENT_INVALID",
            "BOARD_UNKNOWN",
        ])
            assert.ok(person.shown.includes(`[${code}]`), `${code} in:\n${person.shown}`)
        const [device] = await listDevices(api.db.sql)
        assert.ok(device && device.name === "Room 7" && device.lastSeenAt !== null)
        assert.equal(groupOf(await readSite(api.db.sql), device.id), "Building A / Floor 1")
        const expected = new RegExp(`^# mine\nLANGUAGE=de\nAPI_URL=${api.url}\nINTERVAL_S=5\nAPI_TOKEN=[\\w-]{32}\n$`)
        assert.match(await envFile(), expected)
        assert.equal((await stat(path.join(folder, "room.env"))).mode & 0o777, 0o600)
    })

    const runWith = async (answers: object, ...more: string[]) => {
        await writeFile(path.join(folder, "answers.json5"), JSON.stringify(answers))
        return airpin([...options, "--answers", "answers.json5", "--env", "given.env", ...more], folder)
    }

    it("ends with 20 at a server that the chip would refuse, before anything is flashed or stored", async () => {
        const authority = await temporaryCa()
        const { keyPem: key, chainPem: cert } = authority.server
        const refused = await tlsServer({
            key,
            cert,
            maxVersion: "TLSv1.2",
            requestCert: true,
            rejectUnauthorized: true,
        })
        const chip = await ChipModel.plugIn()
        try {
            const given = { purpose: "usb", server: `https://localhost:${refused.port}`, pin: true, name: "refused" }
            const all = { ...given, wifi: "School", wifiPassword: PASSWORD, source: "database", plugged: "usb" }
            const files = ["--pinned", "none", "--out", "none.bin", "--port", chip.path]
            const { code, stderr } = await runWith(all, ...files)
            assert.equal(code, 20, stderr)
            assert.match(stderr, /asks for a client certificate.*\[DEVICE_HANDSHAKE_FAILED\]/)
            assert.equal(chip.sectorsTouched.size, 0)
            for (const file of ["none", "none.bin", "given.env"])
                await assert.rejects(stat(path.join(folder, file)), { code: "ENOENT" })
            assert.ok((await listDevices(api.db.sql)).every(({ name }) => name !== "refused"))
        } finally {
            await chip.unplug()
            await refused.close()
        }
    })

    it("adds the device as an admin who logs in, and shows the password nowhere", async () => {
        await addAdmin(api.db, "head", ADMIN_PASSWORD, 5)
        const given = { purpose: "usb", server: api.url, pin: true, name: "Room 11", group: "Building B / Floor 2" }
        const wifi = { wifi: "School", wifiPassword: PASSWORD, overwrite: true, plugged: "later" }
        const wrong = { ...given, ...wifi, source: "admin", admin: "head", adminPassword: `${ADMIN_PASSWORD}x` }
        const kept = await runWith(wrong)
        assert.match(kept.stderr, /\[PASSWORD_WRONG\]/)
        const added = await runWith({ ...wrong, adminPassword: ADMIN_PASSWORD })
        assert.equal(added.code, 10, added.stderr)
        for (const text of [kept.stdout, kept.stderr, added.stdout, added.stderr])
            assert.ok(!text.includes(ADMIN_PASSWORD), text)
        for (const file of ["given.env", "room.bin", ".airpin/setup.json"]) {
            const bytes = await readFile(path.join(folder, file)).catch(() => Buffer.alloc(0))
            assert.ok(!bytes.includes(ADMIN_PASSWORD), file)
        }
        const device = (await listDevices(api.db.sql)).find(({ name }) => name === "Room 11")
        assert.ok(device)
        assert.equal(groupOf(await readSite(api.db.sql), device.id), "Building B / Floor 2")
    })

    it("warns when what a flashed device trusts is not stored, and goes on to its first reading", async () => {
        const { device } = await addDevice(api.db, { id: "room-12", createdAt: 5 })
        const lastSeenAt = Math.floor(Date.now() / 1000) + 3600
        await api.db.sql.updateTable("devices").set({ lastSeenAt }).where("id", "=", device.id).execute()
        await sql`CREATE TRIGGER refuse BEFORE INSERT ON "devicePins" BEGIN SELECT RAISE(ABORT, 'no space'); END`.execute(
            api.db.sql,
        )
        const chip = await ChipModel.plugIn()
        try {
            const given = { purpose: "usb", server: api.url, pin: true, name: "room-12", source: "database" }
            const wifi = { wifi: "School", wifiPassword: PASSWORD }
            const all = { ...given, ...wifi, adopt: true, overwrite: true, plugged: "usb" }
            const { code, stdout, stderr } = await runWith(all, "--port", chip.path)
            assert.equal(code, 0, stdout + stderr)
            assert.match(stderr, /what room-12 trusts was not stored: .*; next: airpin device pins room-12 FILE/)
            assert.match(stdout, /first reading arrived/)
            assert.ok(chip.sectorsTouched.size > 0)
        } finally {
            await chip.unplug()
            await sql`DROP TRIGGER refuse`.execute(api.db.sql)
        }
    })

    /** 30 s more */
    const inLongForm = process.env.AIRPIN_SETUP === "full" ? it : it.skip

    inLongForm("writes nothing when it is stopped, and offers the answers so far", async () => {
        const before = await envFile()
        const stopped = new Person(options, folder)
        await stopped.answers("what for", "usb")
        await stopped.answers("server", "")
        await stopped.reads("leads devices to this server already")
        await stopped.answers("name of the room [Room 7]", "Room 8")
        await stopped.reads("building and floor")
        stopped.press("\x03")
        assert.equal(await stopped.exited, 130)
        assert.equal(await envFile(), before)
        const again = new Person(options, folder)
        await again.answers(
            "what for: 1 usb: a device that is plugged in, 2 simulated: first a device of this computer's [usb]",
            "",
        )
        await again.answers("server", "here", "")
        await again.reads("name of the room [Room 8]")
        again.press("\x03")
        assert.equal(await again.exited, 130)
    })

    inLongForm(
        "flashes the plugged-in chip with a pasted token and a hidden password, and sees its first reading",
        async () => {
            const { token } = await addDevice(api.db, { id: "room-9", createdAt: 5 })
            const chip = await ChipModel.plugIn()
            const person = new Person([...options, "--port", chip.path], folder)
            try {
                await person.answers("what for", "usb")
                await person.answers("server", "")
                await person.answers("name of the room", "room-9")
                await person.answers("building and floor", "")
                await person.answers("board, by", "m5stack_core")
                await person.answers("seconds a reading", "")
                await person.answers("Wi-Fi network", "x".repeat(33), "School")
                await person.answers("password of School", "short", PASSWORD)
                await person.answers("token: 1", "paste")
                await person.answers("token, as airpin", "Bearer x", "wrong-token", token)
                await person.answers("token of a link", "wrong", api.readerToken)
                await person.agrees("Replace API_TOKEN in room.env?", "y")
                await person.answers("Plug the M5Stack Core (Basic, Gray) in", "now", "")
                await person.reads("MD5 computed by the chip")
                await person.reads("waiting for the first reading")
                const lastSeenAt = Math.floor(Date.now() / 1000)
                await api.db.sql.updateTable("devices").set({ lastSeenAt }).where("id", "=", "room-9").execute()
                await person.reads("first reading arrived")
            } finally {
                await chip.unplug()
            }
            assert.equal(await person.exited, 0)
            for (const code of ["WIFI_SSID_TOO_LONG", "WIFI_PSK_LENGTH", "TOKEN_UNKNOWN"])
                assert.ok(person.shown.includes(`[${code}]`), `${code} in:\n${person.shown}`)
            assert.ok(!person.shown.includes(PASSWORD) && !person.shown.includes(token))
            assert.ok((await envFile()).endsWith(`API_TOKEN=${token}\nWIFI_SSID=School\nWIFI_PWD='${PASSWORD}'\n`))
            assert.ok((await knownDevice(api.db.sql, "room-9")).lastSeenAt)
        },
    )

    inLongForm("takes answers from a file, and says without a terminal which are missing", async () => {
        const nobody = await airpin(["--json", ...options], folder)
        assert.deepEqual([nobody.code, JSON.parse(nobody.stdout).error.code], [2, "SETUP_NOT_ASKED"])
        await writeFile(path.join(folder, "answers.json5"), `{ purpose: "usb", server: "${api.url}", name: "a" }`)
        const incomplete = await airpin([...options, "--answers", "answers.json5", "--env", "new.env"], folder)
        assert.equal(incomplete.code, 2)
        assert.match(incomplete.stderr, /no answer to "wifi" \(name of the Wi-Fi network\) \[SETUP_NOT_ASKED\]/)
        const answers = { purpose: "usb", server: api.url, name: "a", wifi: "School", wifiPassword: PASSWORD }
        await writeFile(path.join(folder, "answers.json5"), JSON.stringify({ ...answers, plugged: "later" }))
        const whole = await airpin(["--json", ...options, "--answers", "answers.json5", "--env", "new.env"], folder)
        assert.equal(whole.code, 10, whole.stderr)
        assert.deepEqual(JSON.parse(whole.stdout), {
            server: api.url,
            device: "a",
            board: "m5stack_core",
            env: "new.env",
            firstReading: false,
        })
    })
})
