import assert from "node:assert/strict"
import path from "node:path"
import { addDevice, setDevice } from "../../devs/api/device-registry.ts"
import type { Status } from "../../src/wire.ts"
import { fullStatus } from "../api/support/full-status.ts"
import { openStored } from "../api/support/stored.ts"
import { airpin, temporaryFolder } from "../support/airpin.ts"

const MORNING_S = Date.parse("2025-01-15T06:00:00Z") / 1000
const values = [{ co2Ppm: 700, eco2Ppm: null, tvocPpb: null, temperatureC: null, humidityRh: null }]

describe("airpin device", () => {
    let db: string

    before(async () => {
        db = path.join(await temporaryFolder(), "readings.db")
    })

    /** Stores a device that reported at 06:00, after its settings were set at 05:00. */
    async function store(): Promise<void> {
        const opened = await openStored(db)
        await addDevice(opened.db, { id: "kitchen", name: "Kitchen, upstairs", createdAt: 5 })
        await setDevice(opened.db, "kitchen", { INTERVAL_S: 30, ASC: 0 }, MORNING_S - 3600)
        const status: Status = {
            ...fullStatus,
            uptimeS: 7200,
            sensors: {
                scd30: { recalibrated: "done" },
                scd41: { recalibrated: -12 },
                sgp30: { state: "failed", nack: 7, crc: 2, selfTestFailed: true },
            },
            settings: { revision: 1, refused: ["ASC"] },
        }
        const batch = {
            boot: "b1",
            seq: 1,
            time: MORNING_S,
            step: 60,
            lost: 9,
            rejected: 1,
            undated: 2,
            damaged: 3,
            gap: 4,
            timeUncertaintyS: 50,
            values,
        }
        opened.append("kitchen", batch, MORNING_S, { status, unread: ["status.\u001b[31mvolts"] })
        opened.close()
    }

    it("show prints starts, uplink, sensors, losses and settings in tables, and no terminal control characters", async () => {
        store()
        const { code, stdout } = await airpin(["device", "show", "kitchen", "--db", db])
        assert.equal(code, 0)
        const lines = stdout.trimEnd().split("\n")
        assert.match(lines[1]!, /^seen {6}2025-01-15T06:00Z, \d+ d ago$/)
        assert.deepEqual(
            [lines[0], ...lines.slice(2)],
            [
                "device    kitchen  Kitchen, upstairs",
                "status    2025-01-15T06:00Z",
                "running   2 h, restarted because its connection hung",
                "starts    1 × restarted because its connection hung; readings of 1 boot",
                "waiting   12 readings in RAM, 480 in flash only",
                "signal    -61 dBm",
                "tls       3 handshakes, 1 failed, the last 8 min before",
                "error     no-connection:name; 2 attempts failed before the last post",
                "sensors   NAME   STATE   NACK  CRC  STALE  RANGE",
                "          scd30  ready   0     0    0      0      recalibration done",
                "          scd41  ready   0     0    0      0      recalibrated by -12 ppm",
                "          sgp30  failed  7     2    0      0      failed its self-test",
                "not read  status.?[31mvolts: not known to this version of airpin",
                "lost      1 rejected by the server, 2 without a known time, 3 damaged in flash, 3 for lack of memory, 4 missing around power cuts, times off by up to 50 s",
                "settings  revision 1, set 2025-01-15T05:00Z, applied 2025-01-15T06:00Z",
                "          INTERVAL_S  30  applied",
                "          ASC         0   refused by the device",
            ],
        )
    })

    it("set makes a new revision of settings, and warns when that withdraws a recalibration", async () => {
        const first = await airpin(["device", "set", "kitchen", "BATCH=2", "RECALIBRATE_PPM=420", "--db", db])
        assert.equal(first.code, 0)
        assert.match(first.stdout, /^desired +revision 2: INTERVAL_S=30 ASC=0 BATCH=2 RECALIBRATE_PPM=420$/m)
        assert.equal(first.stderr, "")
        const second = await airpin(["--json", "device", "set", "kitchen", "ASC=1", "--db", db])
        assert.deepEqual(JSON.parse(second.stdout), {
            id: "kitchen",
            revision: 3,
            desired: { INTERVAL_S: 30, ASC: 1, BATCH: 2 },
            withdrawn: true,
        })
        assert.match(second.stderr, /its recalibration is withdrawn/)
        const { settings } = JSON.parse((await airpin(["--json", "device", "show", "kitchen", "--db", db])).stdout)
        assert.deepEqual(
            [settings.revision, settings.desired, settings.applied],
            [3, { INTERVAL_S: 30, ASC: 1, BATCH: 2 }, { revision: 1, at: MORNING_S, refused: ["ASC"] }],
        )
    })

    it("set changes nothing when one setting is out of range", async () => {
        const wrong = await airpin(["device", "set", "kitchen", "BATCH=5", "INTERVAL_S=4", "--db", db])
        assert.equal(wrong.code, 2)
        assert.match(
            wrong.stderr,
            /INTERVAL_S is "4": must be 5 to 3600.*\[SETTING_OUT_OF_RANGE\]\nnext +write INTERVAL_S=VALUE/,
        )
        const opened = await openStored(db)
        const state = await opened.deviceState("kitchen")
        await opened.close()
        assert.equal(state?.settings?.revision, 3)
    })
})
