/** Speed and memory of a virtual chip. */

import { median } from "../../api/statistics.ts"
import { measureVmMemory } from "../../vm-memory.ts"
import { measureVmSpeed } from "../../vm-speed.ts"
import type { Section } from "../measured.ts"

const GIB = 2 ** 30

export const vmSection: Section = {
    name: "vm",
    async measure({ isQuick, onProgress }) {
        const chips = isQuick ? 20 : 200
        onProgress(`vm: memory of ${chips} chips`)
        const bytes = await measureVmMemory(chips)
        onProgress("vm: devs run beside airpin")
        const speed = await measureVmSpeed(
            isQuick
                ? { rounds: 1, realSeconds: 5, simulatedSeconds: 1800 }
                : { rounds: 3, realSeconds: 6, simulatedSeconds: 7200 },
        )
        const ms = (values: number[]) => median(values).toFixed(3)
        return {
            figures: [
                { id: "vm.gib", value: GIB / bytes, note: `${chips} chips in one process` },
                {
                    id: "vm.devsRun",
                    value: median(speed.ratios),
                    note: `${ms(speed.devsRun)} ms beside ${ms(speed.airpin)} ms of CPU a second`,
                },
            ],
        }
    },
}
