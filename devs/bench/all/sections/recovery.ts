/** All devices come back at once after a day without their server. */
import path from "node:path"
import { makeCredentials, startBare, startOnSqlite } from "../../api/contenders.ts"
import { measureRecovery, type Recovery } from "../../api/recovery.ts"
import { type Section, skipped } from "../measured.ts"
import { memoryDisk, NO_MEMORY_DISK } from "../memory-disk.ts"

const IDS = ["seconds", "p99", "rate", "cpu", "refused"].map(name => `recovery.${name}`)
const DAY_READINGS = 1440
const DEVICES = 1000
const QUICK_DEVICES = 20
/** The bare server takes longer and has no more to show: a share of the devices says what a reading costs it. */
const BARE_DEVICES = 200
const LIMITS = ["--max-connections", "60000", "--max-connections-per-address", "60000"]

export const recoverySection: Section = {
    name: "recovery",
    async measure({ isQuick, resources, onProgress }) {
        const disk = memoryDisk()
        if (disk === undefined) return { figures: skipped(isQuick ? ["recovery.refused"] : IDS, NO_MEMORY_DISK) }
        const folder = resources.temporaryFolder("bench", disk)
        const credentials = await makeCredentials(folder)
        const server = await startOnSqlite(resources, path.join(folder, "airpin.db"), credentials, LIMITS)
        const share = { readingsEach: DAY_READINGS, onProgress: (text: string) => onProgress(`recovery: ${text}`) }
        const airpin = await measureRecovery(server, { ...share, devices: isQuick ? QUICK_DEVICES : DEVICES })
        const refused = { id: "recovery.refused", value: airpin.refused }
        if (isQuick) return { figures: [refused] }
        const bareServer = await startBare(resources, folder, credentials)
        const bare = await measureRecovery(bareServer, { ...share, devices: BARE_DEVICES })
        const { seconds, readings, p99Ms } = airpin
        const costs = [airpin, bare].map(each => `${(cpuPerReading(each) * 1e6).toFixed(1)} µs`)
        return {
            figures: [
                { id: "recovery.seconds", value: seconds, note: `${readings.toLocaleString("en")} readings` },
                { id: "recovery.p99", value: p99Ms },
                { id: "recovery.rate", value: speedOf(airpin) / speedOf(bare) },
                {
                    id: "recovery.cpu",
                    value: cpuPerReading(bare) / cpuPerReading(airpin),
                    note: costs.join(" beside "),
                },
                refused,
            ],
            recovery: airpin.stored,
        }
    },
}

const cpuPerReading = ({ cpuSeconds, readings }: Recovery) => cpuSeconds / readings
const speedOf = ({ readings, seconds }: Recovery) => readings / seconds
