import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdir } from "node:fs/promises"
import path from "node:path"
import { DatabaseSync } from "@photostructure/sqlite"
import { buildApp } from "../../../devs/api/app.ts"
import { Readiness } from "../../../devs/api/operate/readiness.ts"
import { openWorld, type World } from "../support/world.ts"

const script = (name: string) => path.join(import.meta.dirname, "support", name)

describe("GET /live, /ready and /health", () => {
    let world: World
    beforeEach(async () => (world = await openWorld()))
    afterEach(() => world.end())

    const answers = async (url: string) => {
        const { statusCode, body } = await world.get(url)
        return [statusCode, JSON.parse(body).code ?? JSON.parse(body).status]
    }

    it("are 200 without a token, while a batch could be stored", async () => {
        for (const url of ["/live", "/ready", "/health"]) assert.deepEqual(await answers(url), [200, "ok"])
    })

    it("/live is 200 and the others are 503 STORE_BUSY while another process holds the database", async () => {
        const other = new DatabaseSync(world.file)
        other.exec("BEGIN IMMEDIATE")
        assert.deepEqual(await answers("/live"), [200, "ok"])
        for (const url of ["/ready", "/health"]) assert.deepEqual(await answers(url), [503, "STORE_BUSY"])
        other.close()
    })

    it("/ready is 503 SERVER_CLOCK_WRONG without a Date while the clock is in doubt, and says what to do", async () => {
        world.clock.ms -= 20 * 365 * 86_400_000
        const { statusCode, headers, body } = await world.get("/ready")
        assert.deepEqual([statusCode, JSON.parse(body).code, headers.date], [503, "SERVER_CLOCK_WRONG", undefined])
        assert.match(JSON.parse(body).message, /timedatectl/)
        assert.deepEqual(await answers("/live"), [200, "ok"])
    })

    it("/ready is 503 DISK_LOW, with the sizes, while the disk has less space than it must", async () => {
        const app = buildApp({ db: world.db, minFreeBytes: 1e15 })
        const { statusCode, body } = await app.inject({ url: "/ready" })
        assert.deepEqual([statusCode, JSON.parse(body).code], [503, "DISK_LOW"])
        assert.match(JSON.parse(body).message, /^[\d,]+ MB of [\d,]+ MB are free, less than 1,000,000,000 MB$/)
        await app.close()
    })

    it("/ready looks at the database once for all who ask within 2 s, so that nobody can wear the disk", async () => {
        let checks = 0
        const db = Object.assign(Object.create(world.db), { check: async () => void checks++ })
        const app = buildApp({ db })
        await Promise.all(Array.from({ length: 100 }, () => app.inject({ url: "/ready" })))
        assert.equal(checks, 1)
        await app.close()
    })

    it("/ready is STORE_TIMEOUT if the database does not take a row in time", async () => {
        const checkDatabase = () => new Promise<void>(() => undefined)
        const clock = { doubt: () => undefined }
        const readiness = new Readiness({ clock, checkDatabase, folder: undefined, maxCheckMs: 50 })
        await assert.rejects(readiness.check(0), { code: "STORE_TIMEOUT" })
    })

    it("/ready tells of a disk that fills up: DISK_LOW, STORE_FULL, and 200 once there is space", function () {
        this.timeout(60_000)
        const mount = 'mount -t tmpfs -o size=400k tmpfs "$1" || exit 77; exec "$2" --import tsx "$3" "$1"'
        const args = [world.directory, process.execPath, script("ready-on-small-disk.ts")]
        const { error, status, stdout, stderr } = spawnSync("unshare", ["-Urm", "sh", "-c", mount, "sh", ...args], {
            encoding: "utf8",
        })
        if (error || status === 77 || stderr.startsWith("unshare:")) return this.skip() // no user may mount here
        assert.deepEqual(stdout.trim().split("\n"), [
            "space 200 ok",
            "little space 503 DISK_LOW",
            "no space 503 STORE_FULL",
            "space again 200 ok",
        ])
    })

    it("/ready tells of a disk that the kernel has made read-only after an error: STORE_DISK_FAILED", async function () {
        this.timeout(60_000)
        if (process.getuid?.() !== 0) return this.skip() // only root may mount a disk image
        const folder = path.join(world.directory, "mounted")
        await mkdir(folder)
        const args = [
            "--import",
            "tsx",
            script("ready-on-failing-disk.ts"),
            path.join(world.directory, "image"),
            folder,
        ]
        const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" })
        if (status === 77) return this.skip() // this machine mounts no disk image, or has no mkfs.ext4
        assert.deepEqual(stdout.trim().split("\n"), ["200 ok", "503 STORE_DISK_FAILED"], stderr)
    })
})
