/**
 * The AXP2101 of CoreS3 and Core2 v1.1 (X-Powers AXP2101 V1.0; use of the outputs: M5GFX `src/M5GFX.cpp`).
 *
 * What is on at power-up is set in the factory and not documented, so only the chip's own supply is on here.
 */
import type { ProblemLog } from "../problems.ts"
import { hex, PowerChip } from "./power-chip.ts"

const ADDRESS = 0x34
const IC_TYPE = 0x03
const COMMON_CONFIG = 0x10
const DCDCS = 0x80
const DCDC1_VOLTAGE = 0x82
const LDOS = 0x90
const FIRST_LDO_VOLTAGE = 0x92

/** in the order of the bits of LDOS and of the voltages */
const ldos = ["ALDO1", "ALDO2", "ALDO3", "ALDO4", "BLDO1", "BLDO2", "CPUSLDO", "DLDO1"]
const DCDC1_BIT = 0
const POWER_OFF_BIT = 0
const MIN_CHIP_MV = 3000
/** 1.5 V and 100 mV a step: 3.3 V */
const DCDC1_3V3 = 18
/** 0.5 V and 100 mV a step: 3.3 V */
const LDO_3V3 = 28

const defaults: Record<number, number> = {
    [IC_TYPE]: 0x4a,
    [DCDCS]: 1 << DCDC1_BIT,
    [DCDC1_VOLTAGE]: DCDC1_3V3,
}
for (const at of ldos.keys()) defaults[FIRST_LDO_VOLTAGE + at] = LDO_3V3

export class Axp2101 extends PowerChip {
    constructor(problems: ProblemLog) {
        super("AXP2101", ADDRESS, defaults, problems)
    }

    /** @param output DCDC1, ALDO1 to 4, BLDO1 and 2, CPUSLDO or DLDO1 */
    override millivolts(output: string): number {
        if (output === "DCDC1")
            return this.bit(DCDCS, DCDC1_BIT) ? 1500 + 100 * ((this.registers[DCDC1_VOLTAGE] ?? 0) & 0x1f) : 0
        const at = ldos.indexOf(output)
        if (at < 0) return 0
        return this.bit(LDOS, at) ? 500 + 100 * ((this.registers[FIRST_LDO_VOLTAGE + at] ?? 0) & 0x1f) : 0
    }

    protected override written(register: number, value: number, atMs: number): void {
        if (register === COMMON_CONFIG && (value >> POWER_OFF_BIT) & 1)
            this.problem("power-chip", "everything is shut down", atMs)
        if ((register === DCDCS || register === DCDC1_VOLTAGE) && this.millivolts("DCDC1") < MIN_CHIP_MV)
            this.problem("power-chip", `${hex(register)} = ${hex(value)} takes the chip's own supply (DCDC1)`, atMs)
    }
}
