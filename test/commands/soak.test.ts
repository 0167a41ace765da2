import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import JSON5 from "json5"
import type { AirpinError } from "../../certs/error.ts"
import { runSoak } from "../../devs/commands/soak.ts"
import { Terminal } from "../../devs/display/terminal.ts"
import { soakInProcess } from "../../devs/soak/jobs.ts"
import { planDevices, planFaults } from "../../devs/soak/plan.ts"
import { readReproducer } from "../../devs/soak/reproducer.ts"
import { type LocalService, startLocalService } from "../../devs/testbed/local-service.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"

/** A terminal that keeps its JSON result. */
class RecordingTerminal extends Terminal {
    recorded: { taken: number; stored: number; discrepancies: string[] } | undefined

    constructor() {
        super({ json: true })
    }

    override result(value: unknown): void {
        this.recorded = value as NonNullable<RecordingTerminal["recorded"]>
    }
}

/** Starts a service whose store was tampered with. */
function falsified(falsify: (service: LocalService) => void): typeof startLocalService {
    return async options => {
        const service = await startLocalService(options)
        falsify(service)
        return service
    }
}

const AN_HOUR = 1 / 24

describe("airpin soak", function () {
    this.timeout(180_000)
    let folder: string
    before(async () => (folder = await temporaryFolder()))

    async function soakWith(falsify: (service: LocalService) => void) {
        const terminal = new RecordingTerminal()
        const options = {
            days: AN_HOUR,
            devices: 1,
            faultDensity: 1,
            seed: [6],
            jobs: 1,
            out: folder,
            reproducerFile: true,
        }
        const code = await runSoak(options, terminal, { startService: falsified(falsify) })
        return { code, ...terminal.recorded! }
    }

    it("does not begin if its reproducer file could not be written at its end", async () => {
        const file = path.join(folder, "file")
        await writeFile(file, "")
        const { code, stdout, stderr } = await airpin(["soak", "--days", "1", "--devices", "1", "--out", file])
        assert.deepEqual([code, stdout], [1, ""])
        assert.match(stderr, /--out: .*file is not a folder \[PATH_UNSUITABLE\]/)
    })

    it("exits 1 and writes a reproducer file when the server loses a reading, and runs that file again", async () => {
        const { code, taken, stored, discrepancies } = await soakWith(({ db }) => {
            const append = db.append.bind(db)
            db.append = async posts => {
                const results = await append(posts)
                await db.sql.deleteFrom("readings").where("seq", "=", 3).execute()
                return results
            }
        })
        assert.deepEqual([code, taken - stored, discrepancies.length], [1, 1, 1])
        assert.match(
            discrepancies[0]!,
            /^soak-1: 1 readings are neither on the server nor counted as lost; missing are 1-[0-9a-f]{8} 3$/,
        )

        const file = path.join(folder, "soak-6.json5")
        const { seed, days, faults, results } = JSON5.parse(await readFile(file, "utf8"))
        assert.deepEqual([seed, days, faults, results["soak-1"].ledger.discrepancies.length], [6, AN_HOUR, [], 1])

        const again = await airpin(["soak", "--reproduce", file, "--json"])
        const { taken: takenAgain, stored: storedAgain } = JSON.parse(again.stdout)
        assert.deepEqual([again.code, takenAgain, storedAgain], [0, taken, taken], again.stderr)
    })

    it("exits 1 when the server has a reading twice", async () => {
        const { code, discrepancies } = await soakWith(({ db }) => {
            const append = db.append.bind(db)
            db.append = async posts => {
                const results = await append(posts)
                const first = await db.sql
                    .selectFrom("readings")
                    .selectAll()
                    .where("seq", "=", 1)
                    .executeTakeFirstOrThrow()
                const again = db.sql.insertInto("readings").values({ ...first, time: first.time + 1 })
                await again.onConflict(conflict => conflict.doNothing()).execute()
                return results
            }
        })
        assert.equal(code, 1)
        assert.match(discrepancies.join(), /^soak-1: the server has a reading twice: 1-[0-9a-f]{8} 1$/)
    })

    it("writes a reproducer file when a soak throws, but not for a run that never began", async () => {
        const stop = () => {
            throw new Error("stopped")
        }
        const options = { days: AN_HOUR, devices: 1, faultDensity: 1, jobs: 1, out: folder, reproducerFile: true }
        const stopsAtEnd = falsified(
            service =>
                (service.db = {
                    ...service.db,
                    get sql() {
                        return stop()
                    },
                }),
        )
        await assert.rejects(
            runSoak({ ...options, seed: [7] }, new RecordingTerminal(), { startService: stopsAtEnd }),
            /^Error: stopped$/,
        )
        assert.equal((await readReproducer(path.join(folder, "soak-7.json5"))).seed, 7)
        await assert.rejects(
            runSoak({ ...options, seed: [8] }, new RecordingTerminal(), { startService: async () => stop() }),
            /^Error: stopped$/,
        )
        await assert.rejects(readReproducer(path.join(folder, "soak-8.json5")), { code: "FILE_UNREADABLE" })
    })

    it("balances a day of dense faults", async () => {
        const { code, stdout, stderr } = await airpin([
            "soak",
            "--days",
            "1",
            "--devices",
            "1",
            "--seed",
            "38",
            "--fault-density",
            "8",
            "--out",
            folder,
        ])
        assert.equal(code, 0, stdout + stderr)
        assert.match(stdout, /^seed 38 {3}\d+ taken, \d+ on the server, .*: balances$/m)
        assert.match(stdout, /; 25 faults, [1-9]\d* power cuts, [1-9]\d* restarts,/, "there must be faults")
    })

    it("throws SOAK_FAILED where the process of a seed ends without a result", async () => {
        await assert.rejects(
            soakInProcess(39, { days: 0, devices: 1, faultDensity: 1 }, () => undefined),
            (error: AirpinError) => error.code === "SOAK_FAILED" && /^seed 39: .*--days/.test(error.message),
        )
    })

    it("runs a seed in a process of its own, and reports each day", async function () {
        if (process.env.AIRPIN_SOAK !== "full") this.skip() // a minute and a half
        const days: number[] = []
        const { seed, faults } = await soakInProcess(39, { days: 1, devices: 1, faultDensity: 2 }, ({ day }) =>
            days.push(day),
        )
        const planned = planFaults(39, 1, planDevices(39, 1), 2).length
        assert.ok(planned > 5)
        assert.deepEqual([seed, faults, days], [39, planned, [1]])
    })

    const unreadable = {
        "no-json5": "{ seed: 1,",
        "no-devices": "{ seed: 1, days: 1, devices: [], faults: [] }",
        "part-unknown":
            "{ seed: 1, days: 1, devices: [{ id: 'a', parts: ['bme280'], intervalS: 60, batch: 5, ramReadings: 60 }], faults: [] }",
        "chip-unknown":
            "{ seed: 1, days: 1, devices: [{ id: 'a', chip: 'esp8266', parts: ['scd4x'], intervalS: 60, batch: 5, ramReadings: 60 }], faults: [] }",
        "no-object": "7",
    }
    for (const [name, text] of Object.entries(unreadable))
        it(`refuses a reproducer file with REPRODUCER_UNREADABLE: ${name}`, async () => {
            const file = path.join(folder, `${name}.json5`)
            await writeFile(file, text)
            await assert.rejects(
                readReproducer(file),
                (error: AirpinError) => error.code === "REPRODUCER_UNREADABLE" && error.message.startsWith(file),
            )
        })

    it("refuses a reproducer file whose faults name an unknown device", async () => {
        const file = path.join(folder, "unknown-device.json5")
        const text =
            "{ seed: 1, days: 1, devices: [{ id: 'a', parts: ['scd4x'], intervalS: 60, batch: 5, ramReadings: 60 }], faults: [{ kind: 'wifi-off', devices: ['b'] }] }"
        await writeFile(file, text)
        await assert.rejects(readReproducer(file), { code: "FAULT_DEVICE_UNKNOWN" })
    })

    for (const range of ["20..1", "1..5000"])
        it(`refuses --seed ${range} as wrong usage`, async () => {
            const { code, stderr } = await airpin(["soak", "--seed", range])
            assert.equal(code, 2)
            assert.match(stderr, /a whole number, or a range like 1\.\.20/)
        })
})
