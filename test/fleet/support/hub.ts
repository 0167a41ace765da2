/** A hub with slots for chips. A slot's path stays the same, as that of a USB port does with udev's by-path links. */
import { rmSync } from "node:fs"
import { symlink } from "node:fs/promises"
import path from "node:path"
import { ChipModel } from "../../flash/support/chip-model.ts"

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
        const link = this.paths[slot]!
        const unplug = ChipModel.prototype.unplug.bind(chip)
        // by a fault too: the system gives the terminal's path to the next one that is opened
        chip.unplug = () => {
            rmSync(link, { force: true })
            return unplug()
        }
        await symlink(chip.path, link)
    }

    async pull(slot: number): Promise<void> {
        const chip = this.#chips[slot]
        this.#chips[slot] = undefined
        await chip?.unplug()
    }

    chipIn(slot: number): ChipModel | undefined {
        return this.#chips[slot]
    }

    async pullAll(): Promise<void> {
        await Promise.all(this.paths.map((_, slot) => this.pull(slot)))
    }
}
