/**
 * The AXP192 of StickC Plus and Core2 (X-Powers AXP192 v1.1; use of the outputs: M5GFX `src/M5GFX.cpp`).
 *
 * What is on at power-up is set in the factory and not documented, so only the chip's own supply is on here.
 */
import type { ProblemLog } from "../problems.ts"
import { hex, PowerChip } from "./power-chip.ts"

const ADDRESS = 0x34
const IC_TYPE = 0x03
const OUTPUTS = 0x12
const DCDC1_VOLTAGE = 0x26
const DCDC3_VOLTAGE = 0x27
const LDO23_VOLTAGE = 0x28
const SHUTDOWN = 0x32
const GPIO34_FUNCTION = 0x95
const GPIO34_LEVEL = 0x96

const DCDC1_BIT = 0
const outputBits: Record<string, number> = { DCDC1: DCDC1_BIT, DCDC3: 1, LDO2: 2, LDO3: 3, DCDC2: 4, EXTEN: 6 }
const SHUTDOWN_BIT = 7
/** GPIO3 and GPIO4 are GPIOs, GPIO4 an open-drain output */
const GPIO4_MASK = 0x8c
const GPIO4_OUTPUT = 0x84
const GPIO4_LEVEL_BIT = 1
const LOGIC_MV = 3300
/** Least supply of an ESP32. */
const MIN_CHIP_MV = 3000

const defaults = {
    [IC_TYPE]: 0x03,
    [OUTPUTS]: 1 << DCDC1_BIT,
    [DCDC1_VOLTAGE]: 104,
    [DCDC3_VOLTAGE]: 104,
    [LDO23_VOLTAGE]: 0xff,
}

export class Axp192 extends PowerChip {
    constructor(problems: ProblemLog) {
        super("AXP192", ADDRESS, defaults, problems)
    }

    /** @param output DCDC1, DCDC3, LDO2, LDO3, EXTEN (5 V for the ports) or GPIO4 (high also as an input: pulled up) */
    override millivolts(output: string): number {
        if (output === "GPIO4") return this.#gpio4IsLow() ? 0 : LOGIC_MV
        const bit = outputBits[output]
        if (bit === undefined || !this.bit(OUTPUTS, bit)) return 0
        const ldo23 = this.registers[LDO23_VOLTAGE] ?? 0
        if (output === "LDO2") return 1800 + 100 * (ldo23 >> 4)
        if (output === "LDO3") return 1800 + 100 * (ldo23 & 15)
        if (output === "EXTEN") return 5000
        return dcdcMillivolts(this.registers[output === "DCDC3" ? DCDC3_VOLTAGE : DCDC1_VOLTAGE])
    }

    #gpio4IsLow(): boolean {
        const isOutput = ((this.registers[GPIO34_FUNCTION] ?? 0) & GPIO4_MASK) === GPIO4_OUTPUT
        return isOutput && !this.bit(GPIO34_LEVEL, GPIO4_LEVEL_BIT)
    }

    protected override written(register: number, value: number, atMs: number): void {
        if (register === SHUTDOWN && value >> SHUTDOWN_BIT) this.problem("power-chip", "everything is shut down", atMs)
        if ((register === OUTPUTS || register === DCDC1_VOLTAGE) && this.millivolts("DCDC1") < MIN_CHIP_MV)
            this.problem("power-chip", `${hex(register)} = ${hex(value)} takes the chip's own supply (DCDC1)`, atMs)
    }
}

/** 0.7 V and 25 mV a step */
const dcdcMillivolts = (value = 0): number => 700 + 25 * (value & 0x7f)
