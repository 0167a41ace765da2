import assert from "node:assert/strict"
import { readReplay } from "../../../devs/sim/air/recording/read-replay.ts"
import type { Replay } from "../../../devs/sim/air/recording/replay.ts"
import { Office } from "../../support/office.ts"
import { type OfficeRecording, sixDays } from "../../support/office-recordings.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

const MINUTES_BEFORE = 30
const OUTAGE_MINUTES = 40 * 60
const MINUTES_AFTER = 30
const CUTS_S = [240, 400]
const JOURNAL_EVERY_S = 600

for (const recorded of sixDays)
    describe(`a recorded office (${recorded.title}) whose server is away for 40 hours, with two power cuts`, function () {
        this.timeout(240_000)
        outageIn(recorded)
    })

function outageIn({ title, csv }: OfficeRecording): void {
    let office: Office
    let recording: Replay
    const writes: number[] = []

    before(async function () {
        recording = readReplay(csv() ?? this.skip(), title)
        office = await Office.open(await temporaryCa(), {}, { air: recording, startMs: recording.startMs })
        await office.runMinutes(2)
        writes.push(office.device.flashWrites)
        await office.runMinutes(MINUTES_BEFORE)
        writes.push(office.device.flashWrites)
        await office.stopServer()
        await office.runMinutes(OUTAGE_MINUTES / 2)
        await office.cutPower(CUTS_S[0]!)
        await office.runMinutes(OUTAGE_MINUTES / 4)
        await office.cutPower(CUTS_S[1]!)
        writes.push(office.device.flashWrites)
        await office.runMinutes(OUTAGE_MINUTES / 4)
        writes.push(office.device.flashWrites)
        await office.startServer()
        await office.runMinutes(MINUTES_AFTER)
        writes.push(office.device.flashWrites)
        await office.runMinutes(MINUTES_AFTER)
        writes.push(office.device.flashWrites)
    })
    after(async () => await office?.close())

    const boots = async () => [...new Set((await office.readings()).map(({ boot }) => boot))]

    it("delivers every stored reading of all three boots, once and in order", async () => {
        const readings = await office.readings()
        for (const boot of await boots()) {
            const seqs = readings.filter(reading => reading.boot === boot).map(({ seq }) => seq)
            assert.deepEqual(
                seqs,
                seqs.map((_, at) => at + 1),
                boot,
            )
        }
        assert.deepEqual(
            (await boots()).map(boot => boot.split("-")[0]),
            ["1", "2", "3"],
        )
    })

    it("counts exactly the minutes that no reading covers, which are those of the power cuts", async () => {
        const minutes = (await office.readings()).map(({ time }) => Math.ceil(time / 60))
        const covered = new Set(minutes)
        assert.equal(covered.size, minutes.length)
        const missing = minutes.at(-1)! - minutes[0]! + 1 - covered.size
        assert.deepEqual([(await office.known).gap, (await office.known).lost], [missing, 0])
        const most = CUTS_S.reduce((sum, cutS) => sum + (cutS + JOURNAL_EVERY_S + 5 * 60) / 60 + 2, 0)
        assert.ok(missing >= 10 && missing <= most, `${missing} of at most ${most}`)
    })

    it("gives each reading of a boot that knew the time the air of its minute", async () => {
        for (const { boot, time, co2Ppm } of (await office.readings()).filter(({ boot }) => boot[0] !== "2")) {
            const near = [-135, -75, -15, 0].map(seconds => recording.airAt((time + seconds) * 1000).co2Ppm)
            assert.ok(
                co2Ppm! >= Math.min(...near) - 2 && co2Ppm! <= Math.max(...near) + 2,
                `${co2Ppm} at ${time} in ${boot}: ${near}`,
            )
        }
    })

    it("reports the maximum error of the times of the boot that never knew the time", async () => {
        const { timeUncertaintyS } = await office.known
        assert.ok(
            timeUncertaintyS > 300 && timeUncertaintyS < JOURNAL_EVERY_S + 5 * 60 + Math.max(...CUTS_S),
            `${timeUncertaintyS} s`,
        )
    })

    it("writes no flash while the server responds, one block in ten minutes while it does not, and once when everything is delivered", async () => {
        const [started, before, cut, during, delivered, later] = writes as [
            number,
            number,
            number,
            number,
            number,
            number,
        ]
        assert.equal(before, started)
        assert.ok(during - cut <= 1 + OUTAGE_MINUTES / 4 / 10, `${during - cut} writes`)
        // one more block while the device waits for its next attempt
        assert.ok(delivered === during + 1 || delivered === during + 2, `${delivered} after ${during}`)
        assert.equal(later, delivered)
    })
}
