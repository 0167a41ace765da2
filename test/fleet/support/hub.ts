/** A hub with slots for chips. A slot's path stays the same, as that of a USB port does with udev's by-path links. */
import { rm, symlink } from "node:fs/promises"
import path from "node:path"
import type { ChipModel } from "../../flash/support/chip-model.ts"

export class Hub {
    readonly paths: string[]
    readonly #chips: (ChipModel | undefined)[]

    constructor(folder: string, slots: number) {
        this.paths = Array.from({ length: slots }, (_, at) => path.join(folder, `slot-${at + 1}`))
        this.#chips = this.paths.map(() => undefined)
    }

    async push(slot: number, chip: ChipModel): Promise<void> {
        await chip.plugIn()
        this.#chips[slot] = chip
        await symlink(chip.path, this.paths[slot]!)
    }

    /** What the slot's path leads to is gone at once, the path a moment later. */
    async pull(slot: number): Promise<void> {
        const chip = this.#chips[slot]
        this.#chips[slot] = undefined
        await chip?.unplug()
        await rm(this.paths[slot]!, { force: true })
    }

    chipIn(slot: number): ChipModel | undefined {
        return this.#chips[slot]
    }

    async pullAll(): Promise<void> {
        await Promise.all(this.paths.map((_, slot) => this.pull(slot)))
    }
}
