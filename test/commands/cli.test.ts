import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { get } from "node:https"
import path from "node:path"
import { errorAreas, errorRow } from "../../certs/error-codes/table.ts"
import { airpin, airpinUntil, temporaryFolder } from "../support/airpin.ts"

const codes = Object.values(errorAreas).flatMap(area => Object.keys(area))

const commandNames = [
    "pin",
    "bundle",
    "trust",
    "rehearse",
    "build",
    "image",
    "flash",
    "sim",
    "soak",
    "serve",
    "device",
    "ca",
    "bench",
    "errors",
    "doctor",
]

describe("airpin", () => {
    it("lists every command with --help", async () => {
        const { code, stdout } = await airpin(["--help"])
        assert.equal(code, 0)
        for (const name of commandNames) assert.match(stdout, new RegExp(`^  ${name} +\\S`, "m"))
        assert.match(stdout, /airpin errors CODE/)
    })

    it("has a help of its own for each command", async () => {
        const { code, stdout } = await airpin(["sim", "--help"])
        assert.equal(code, 0)
        assert.match(stdout, /--replay <csv>/)
    })

    it("exits with 2 on wrong usage", async () => {
        assert.equal((await airpin(["no-such-command"])).code, 2)
        assert.equal((await airpin(["sim", "--batch", "31"])).code, 2)
        assert.equal((await airpin(["trust"])).code, 2)
        assert.equal((await airpin([])).code, 2)
    })

    it("shows the help of a command with help NAME too", async () => {
        const { code, stdout } = await airpin(["help", "sim"])
        assert.equal(code, 0)
        assert.match(stdout, /--replay <csv>/)
    })

    it("lists every error code, and explains one", async () => {
        const { code, stdout } = await airpin(["errors"])
        assert.equal(code, 0)
        assert.match(stdout, /^DEVICE_REFUSES +20 .*Next: \S/m)
        assert.equal(stdout.trimEnd().split("\n").length, codes.length + 1)
        const all = JSON.parse((await airpin(["errors", "--json"])).stdout)
        assert.deepEqual(
            all.map((row: { code: string }) => row.code),
            codes,
        )
        assert.match((await airpin(["errors", "store_busy"])).stdout, /^http +503\nwhat +Another process/m)
        assert.equal((await airpin(["errors", "NO_SUCH_CODE"])).code, 2)
    })

    it("exits with the status of the error's row", async () => {
        assert.equal((await airpin(["pin", "no such host"])).code, errorRow("HOST_INVALID").exit)
        const empty = await temporaryFolder()
        assert.equal((await airpin(["pin", "--check", "--pinned", empty])).code, errorRow("LOCK_MISSING").exit)
    })

    it("finds what it needs on this machine", async () => {
        const { code, stdout } = await airpin(["doctor"])
        assert.equal(code, 0, stdout)
        assert.match(stdout, /OpenSSL 1\.1\.1 or later: OpenSSL \d/)
    })

    it("builds each program within the limit of the chip's program counter", async function () {
        this.timeout(60_000)
        const built = JSON.parse((await airpin(["--json", "build", "--no-heap"])).stdout)
        assert.deepEqual(Object.keys(built), ["plain", "light", "screen", "powered", "stick"])
        for (const { functionBytes } of Object.values<{ functionBytes: number }>(built))
            assert.ok(functionBytes > 5000 && functionBytes < 60_000, `${functionBytes}`)
    })

    it("adds, lists and revokes devices; the token is shown once", async () => {
        const db = path.join(await temporaryFolder(), "readings.db")
        const { id, token } = JSON.parse((await airpin(["--json", "device", "add", "classroom-3", "--db", db])).stdout)
        assert.equal(id, "classroom-3")
        assert.match(token, /^[A-Za-z0-9_-]{32}$/)
        assert.equal((await airpin(["device", "add", "classroom-3", "--db", db])).code, 1)
        assert.equal((await airpin(["device", "revoke", "classroom-3", "--db", db])).code, 0)
        const { stdout } = await airpin(["device", "list", "--db", db])
        assert.match(stdout, /classroom-3 .*never .*revoked/)
        assert.doesNotMatch(stdout, new RegExp(token))
    })

    it("serves the API over HTTPS until Ctrl-C", async () => {
        const folder = await temporaryFolder()
        const serving = await airpinUntil(["serve", "--port", "0"], text => text.includes("Ctrl-C"), 15_000, folder)
        assert.ok(serving.seen, serving.stdout())
        const url = /https:\/\/[^\s]+/.exec(serving.stdout())![0]
        const ca = readFileSync(path.join(folder, ".airpin/ca/root.pem"))
        const status = await new Promise(resolve => {
            get(`${url}health`, { ca, servername: "localhost" }, response => {
                response.resume()
                resolve(response.statusCode)
            })
        })
        assert.equal(status, 200)
        assert.equal((await serving.stop()).code, 0)
    })
})

describe("airpin sim", () => {
    it("replays recorded air into an export without a hole", async () => {
        const folder = await temporaryFolder()
        const [csv, out] = [path.join(folder, "air.csv"), path.join(folder, "out.csv")]
        const rows = Array.from(
            { length: 20 },
            (_, at) => `"${at}","2015-02-02 14:${String(19 + at)}:00",23.7,26.2,0,${700 + at},0,1`,
        )
        await writeFile(
            csv,
            ['"date","Temperature","Humidity","Light","CO2","HumidityRatio","Occupancy"', ...rows, ""].join("\n"),
        )
        const { code, stdout, stderr } = await airpin([
            "--json",
            "sim",
            "--replay",
            csv,
            "--speed",
            "max",
            "--export",
            out,
        ])
        assert.equal(code, 0, stderr)
        const summary = JSON.parse(stdout)
        assert.deepEqual(
            [summary.readings, summary.acknowledged, summary.lost, summary.duplicated, summary.handshakes],
            [20, 20, 0, 0, 1],
        )
        const lines = readFileSync(out, "utf8").trimEnd().split("\n")
        assert.equal(lines[0], "time,device,co2Ppm,temperatureC,humidityRh")
        assert.equal(lines[1], "2015-02-02T14:20:00Z,m5stack,700,23.7,26.2")
        assert.equal(lines.length, 21)
    })

    it("shows the chain, the pin, readings and acknowledgements, and leaves nothing behind", async () => {
        const started = performance.now()
        const sim = await airpinUntil(
            ["sim", "--interval", "5", "--batch", "1", "--speed", "10"],
            text => text.includes("✓"),
            40_000,
        )
        assert.ok(sim.seen, sim.stdout())
        const { code, stdout } = await sim.stop()
        assert.equal(code, 0)
        for (const shown of [
            /^sends +1 +CN=localhost/m,
            /^pinned +CN=airpin throw-away root/m,
            /^page +https:\/\/localhost:\d+\//m,
            /scd4x +warming/,
            /CO2 \d+ ppm/,
        ])
            assert.match(stdout, shown)
        assert.ok(performance.now() - started < 60_000)
    })

    it("says in which line of a recording a value is bad", async () => {
        const csv = path.join(await temporaryFolder(), "bad.csv")
        await writeFile(csv, "date,Temperature,Humidity,CO2\n2015-02-02 14:19:00,23.7,26.2,many\n")
        const { code, stderr } = await airpin(["sim", "--replay", csv, "--speed", "max"])
        assert.equal(code, 1)
        assert.match(stderr, /bad\.csv.*2.*many.*\[REPLAY_VALUE_BAD\]/s)
    })
})
