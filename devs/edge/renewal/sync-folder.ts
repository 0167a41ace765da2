import { open } from "node:fs/promises"

/** Waits until the names in a folder are on the disk: a rename is durable only after that (fsync(2)). */
export async function syncFolder(folder: string): Promise<void> {
    const handle = await open(folder, "r")
    try {
        await handle.sync()
    } finally {
        await handle.close()
    }
}
