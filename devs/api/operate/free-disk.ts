import { statfs } from "node:fs/promises"

export interface DiskSpace {
    /** for a user who is not root */
    freeBytes: number
    totalBytes: number
}

/** Space on the disk that holds a folder; undefined where the system does not say. */
export async function diskSpace(folder: string): Promise<DiskSpace | undefined> {
    try {
        const { bavail, blocks, bsize } = await statfs(folder)
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    } catch {
        return undefined
    }
}
