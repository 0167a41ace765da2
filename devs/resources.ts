/**
 * Whatever is opened is closed: servers, databases, folders for temporary files. Code that opens something hands
 * what closes it to a `Resources` at once; `opened` or `withResources` decides when that is called.
 */
import { mkdtempSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { deleteAtExit } from "../certs/pull/end-with-process.ts"

export class Resources {
    readonly #closers: (() => unknown)[] = []

    /** `close` is called once, before the closers that were added earlier. */
    add(close: () => unknown): void {
        this.#closers.push(close)
    }

    /** A new folder for temporary files, in `parent`; it is deleted when the process exits too. */
    temporaryFolder(purpose: string, parent = tmpdir()): string {
        // Synchronous, so that no signal can come between making the folder and noting that it must be deleted.
        const folder = mkdtempSync(path.join(parent, `airpin-${purpose}-`))
        const deletion = deleteAtExit(folder)
        this.add(async () => {
            await rm(folder, { recursive: true, force: true })
            deletion.cancel()
        })
        return folder
    }

    /**
     * Calls every closer, also after one that failed.
     *
     * @throws what the first failing closer threw
     */
    async close(): Promise<void> {
        const close = this.#closers.pop()
        if (!close) return
        try {
            await close()
        } finally {
            await this.close()
        }
    }
}

/** The result of `open` with a `close()` for everything it opened; if it fails, that is closed at once. */
export async function opened<Result extends object>(
    open: (resources: Resources) => Promise<Result>,
): Promise<Result & { close(): Promise<void> }> {
    const resources = new Resources()
    try {
        return { ...(await open(resources)), close: () => resources.close() }
    } catch (error) {
        await resources.close()
        throw error
    }
}

/** The result of `use`, after everything that it opened was closed. */
export async function withResources<Result>(use: (resources: Resources) => Promise<Result>): Promise<Result> {
    const resources = new Resources()
    try {
        return await use(resources)
    } finally {
        await resources.close()
    }
}
