/** The AW9523B port expander of the CoreS3 (Awinic AW9523B V1.1.1): 16 pins, all of them outputs and low at power-up. */
import type { ProblemLog } from "../problems.ts"
import { PowerChip } from "./power-chip.ts"

/** AD0 and AD1 at GND */
const ADDRESS = 0x58
const FIRST_INPUT = 0x00
const FIRST_OUTPUT = 0x02
/** 1: input */
const FIRST_DIRECTION = 0x04
const CHIP_ID = 0x10
const CONTROL = 0x11
/** of CONTROL; port 0 has open-drain outputs without it */
const PORT_0_PUSH_PULL_BIT = 4
/** 1: a GPIO, 0: a source of current for a LED */
const FIRST_GPIO_MODE = 0x12
const SOFTWARE_RESET = 0x7f
const LOGIC_MV = 3300

const defaults = { [CHIP_ID]: 0x23, [FIRST_GPIO_MODE]: 0xff, [FIRST_GPIO_MODE + 1]: 0xff }

export class Aw9523 extends PowerChip {
    protected override readonly takesSeveralBytes = true

    constructor(problems: ProblemLog) {
        super("AW9523B", ADDRESS, defaults, problems)
    }

    /** @param output P0_0 to P1_7: 3.3 V only where it is driven high */
    override millivolts(output: string): number {
        const port = Number(output[1])
        const pin = Number(output[3])
        const drives = this.bit(FIRST_GPIO_MODE + port, pin) && !this.bit(FIRST_DIRECTION + port, pin)
        const pushes = port === 1 || this.bit(CONTROL, PORT_0_PUSH_PULL_BIT)
        return drives && pushes && this.bit(FIRST_OUTPUT + port, pin) ? LOGIC_MV : 0
    }

    protected override written(register: number): void {
        if (register === SOFTWARE_RESET) this.restart()
        for (const port of [0, 1])
            for (const pin of [0, 1, 2, 3, 4, 5, 6, 7]) {
                const mask = 1 << pin
                const high = this.millivolts(`P${port}_${pin}`) > 0
                const levels = this.registers[FIRST_INPUT + port] ?? 0
                this.registers[FIRST_INPUT + port] = high ? levels | mask : levels & ~mask
            }
    }
}
