/** What the parts of one round share. */

import { asAirpinError } from "../../../certs/error.ts"
import type { ChipHandshake } from "../../../certs/pull/chip-handshake.ts"
import type { Certificate } from "../../../certs/x509/certificate.ts"
import type { KeyType } from "../../../certs/x509/issue.ts"
import { type EdgeState, writeState } from "./state.ts"
import type { DevicePins, Parts, RoundStep } from "./types.ts"
import { linkLive, liveName, readLiveVersion, readVersion, type Version } from "./versions.ts"

export interface RoundOptions {
    /** the edge folder; it must exist */
    folder: string
    /** DNS names of the certificate; at least one */
    names: string[]
    /** in the order of preference; at least one */
    keyTypes: KeyType[]
    /** common name of the topmost issuer of the chain to prefer */
    preferredChain?: string
    /** renew although nothing is due, and in spite of a back-off */
    force?: boolean
    /** do not wait after failures; the orders of a day are limited all the same */
    retry?: boolean
    /** what needs attention whatever the round does, in sentences */
    notices?: string[]
    /** a clock before this is wrong */
    releasedAt?: Date
}

/** Thrown when the round was asked to end. */
export class RoundStopped extends Error {}

export class RoundContext {
    readonly options: RoundOptions
    readonly parts: Parts
    readonly state: EdgeState
    /** those that count */
    devices: DevicePins[] = []
    /** what serves by the files; absent before the first deployment, or if the files are damaged */
    live: Version | undefined
    /** what the server presented last */
    served: ChipHandshake | undefined
    /** what serves is in doubt, or a chain could not be deployed: exit status 1 */
    failed = false
    /** a certificate is due, and none could be obtained */
    failing = false
    /** what needs attention, in sentences */
    readonly warnings: string[]

    constructor(options: RoundOptions, parts: Parts, state: EdgeState) {
        this.options = options
        this.parts = parts
        this.state = state
        this.warnings = [...(options.notices ?? [])]
    }

    get nowMs(): number {
        return this.parts.now().getTime()
    }

    /** The chain through which devices without a manifest post; a placeholder that signed itself does not count. */
    get baseline(): Certificate[] | undefined {
        const [leaf] = this.served?.chain ?? []
        const isPlaceholder = leaf?.subjectDer.equals(leaf.issuerDer) === true
        return leaf && !isPlaceholder ? this.served?.chain : this.live?.chain
    }

    /** Reads what serves from the disk. */
    async readLive(): Promise<void> {
        this.live = undefined
        try {
            await this.#relink()
            this.live = await readLiveVersion(this.options.folder)
        } catch (error) {
            this.warn(`the files that serve are damaged, and are replaced: ${asAirpinError(error).message}`)
        }
    }

    /** Without the link, what serves would be gone with the server's next start. */
    async #relink(): Promise<void> {
        const { folder } = this.options
        const { verified } = this.state
        if (verified === undefined || (await liveName(folder)) !== undefined) return
        await readVersion(folder, verified)
        await linkLive(folder, verified)
        this.warn(`the link live was missing: it leads to version ${verified} again`)
    }

    async save(): Promise<void> {
        await writeState(this.options.folder, this.state)
    }

    async step(step: RoundStep): Promise<void> {
        await this.parts.onStep?.(step)
    }

    /** @throws RoundStopped if the round was asked to end */
    stopIfAsked(): void {
        if (this.parts.signal?.aborted) throw new RoundStopped("the round was asked to end")
    }

    info(text: string): void {
        this.parts.log({ level: "info", text })
    }

    warn(text: string): void {
        this.warnings.push(text)
        this.parts.log({ level: "warning", text })
    }

    /** Records an error for the status and the log; the same one again only with its latest time. */
    record(cause: unknown): void {
        const { code, message, nextStep } = asAirpinError(cause)
        const others = this.state.errors.filter(error => error.code !== code || error.message !== message)
        this.state.errors = [{ at: this.parts.now().toISOString(), code, message, nextStep }, ...others]
        this.parts.log({ level: "warning", text: `${message} [${code}]` })
    }
}
