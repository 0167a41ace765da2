/** Tells when something is plugged in, and when it is gone: looks at the ports again and again. */
import { stat } from "node:fs/promises"
import { type FoundPort, presentPorts } from "../../flash/serial-port.ts"

/** A port from the moment it was plugged in until it is gone; one that is plugged in again is another. */
export interface Plugged extends FoundPort {
    isGone: boolean
}

export class PortWatch {
    readonly #paths: string[]
    #plugged = new Map<string, Plugged & { file: string }>()

    /** @param paths only these ports; without any, all that may be chips' */
    constructor(paths: string[]) {
        this.#paths = paths
    }

    /** What is plugged in now. */
    async look(): Promise<Plugged[]> {
        const present = await presentPorts(this.#paths)
        const files = await Promise.all(present.map(({ path }) => fileOf(path)))
        const before = this.#plugged
        this.#plugged = new Map()
        for (const [at, port] of present.entries()) {
            const file = files[at] ?? ""
            const known = before.get(port.path)
            if (known?.file === file) this.#plugged.set(port.path, known)
            else this.#plugged.set(port.path, { ...port, file, isGone: false })
        }
        for (const known of before.values()) if (this.#plugged.get(known.path) !== known) known.isGone = true
        return [...this.#plugged.values()]
    }
}

/** Which file a port's path leads to: another one once something was plugged in again. */
async function fileOf(path: string): Promise<string> {
    return stat(path).then(
        ({ dev, ino, rdev }) => `${dev}:${ino}:${rdev}`,
        () => "", // such as COM3
    )
}
