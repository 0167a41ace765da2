import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { DatabaseSync } from "@photostructure/sqlite"
import { type LocalPostgres, startPostgres } from "../../../devs/bench/api/postgres.ts"
import { type Load, sleep } from "./support/keeping-device.ts"
import { Service } from "./support/service.ts"

/** Times each fault happens; the long form is `AIRPIN_FAULT_ROUNDS=20`. */
const ROUNDS = Number(process.env.AIRPIN_FAULT_ROUNDS ?? 1)
const TIMEOUT_MS = 30_000 + ROUNDS * 20_000

const DAY_S = 86_400

describe("under load, every acknowledged reading is stored once and none is lost on a device:", function () {
    this.timeout(TIMEOUT_MS)
    let folder: string
    let service: Service
    let load: Load

    beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), "airpin-faults-"))
    })
    afterEach(async () => {
        await load?.breakOff()
        await service?.end("SIGKILL")
        await rm(folder, { recursive: true })
    })

    const open = async (place: string) => {
        service = await Service.open(place, folder)
        load = service.load()
        await load.progress()
        assert.equal(await service.ready(), 200)
    }
    /** The devices deliver what they have, and the database has exactly that. */
    const reconcile = async () => {
        await load.progress()
        await service.untilReady(true)
        await load.deliver()
        await service.end("SIGTERM")
        assert.deepEqual(await service.stored(), load.expected())
    }

    it("kill -9 of the API", async () => {
        await open(path.join(folder, "readings.db"))
        for (let round = 0; round < ROUNDS; round++) {
            // at any point of a commit
            await sleep(Math.random() * 300)
            await service.end("SIGKILL")
            assert.equal(await service.ready(), 0)
            await service.start()
            await load.progress()
        }
        await reconcile()
    })

    it("a database that another process has locked", async () => {
        await open(path.join(folder, "readings.db"))
        const other = new DatabaseSync(path.join(folder, "readings.db"), { timeout: 5000 })
        for (let round = 0; round < ROUNDS; round++) {
            other.exec("BEGIN IMMEDIATE")
            assert.deepEqual(await load.refusals(), ["STORE_BUSY"])
            await service.untilReady(false)
            other.exec("ROLLBACK")
            await load.progress()
            await service.untilReady(true)
        }
        other.close()
        await reconcile()
    })

    for (const [what, offS] of [
        ["20 years back", -20 * 365 * DAY_S],
        ["30 days ahead", 30 * DAY_S],
    ] as const)
        it(`the server's clock is ${what}`, async () => {
            await open(path.join(folder, "readings.db"))
            await service.setClockOff(offS)
            assert.deepEqual(await load.refusals(), ["SERVER_CLOCK_WRONG"])
            assert.equal(await service.ready(), 503)
            await service.setClockOff(0)
            await reconcile()
        })

    /** Runs the script of a disk in a namespace where the commands have mounted it; undefined if they may not. */
    const onDisk = (fault: string, namespace: string[], mount: string): unknown => {
        const script = fileURLToPath(new URL("support/disk-under-load.ts", import.meta.url))
        const command = `mkdir "$1/disk" && ${mount} || exit 77; exec "$2" --import tsx "$3" ${fault} "$1"`
        const args = [...namespace, "sh", "-c", command, "sh", folder, process.execPath, script]
        const { error, status, stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8", timeout: TIMEOUT_MS })
        if (error || status === 77 || stderr.startsWith("unshare:")) return undefined
        assert.equal(status, 0, stderr)
        return JSON.parse(stdout)
    }
    const kept = { before: 200, during: 503, readings: true, missing: [], unknown: [], doubled: 0 }

    it("a full disk", function () {
        const seen = onDisk("full", ["-Urm"], 'mount -t tmpfs -o size=12m tmpfs "$1/disk"')
        if (seen === undefined) return this.skip() // this machine lets no user mount
        assert.deepEqual(seen, { ...kept, refusals: ["STORE_FULL"] })
    })

    it("a disk that fails and becomes read-only", function () {
        const make = 'truncate -s 48M "$1/disk.img" && mkfs.ext4 -q "$1/disk.img"'
        const mount = `${make} && mount -o loop,errors=remount-ro "$1/disk.img" "$1/disk"`
        const seen = onDisk("read-only", ["-m"], mount)
        if (seen === undefined) return this.skip() // only root mounts a disk
        assert.deepEqual(seen, { ...kept, refusals: ["STORE_DISK_FAILED"] })
    })

    describe("PostgreSQL:", () => {
        let postgres: LocalPostgres | undefined

        before(async function () {
            postgres = await startPostgres()
            if (postgres === undefined) this.skip()
        })
        after(() => postgres?.close())

        it("kill -9 of its main process", async () => {
            assert.ok(postgres)
            await open(postgres.url)
            for (let round = 0; round < ROUNDS; round++) {
                await sleep(Math.random() * 300)
                await postgres.end("SIGKILL")
                assert.deepEqual(await load.refusals(), ["STORE_UNREACHABLE"])
                await service.untilReady(false)
                await postgres.start()
                await load.progress()
                await service.untilReady(true)
            }
            await reconcile()
        })
    })
})
