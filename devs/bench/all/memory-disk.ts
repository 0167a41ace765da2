/** Databases that are compared lie in RAM: how long a disk takes differs more between two runs than two programs do. */
import { statfsSync } from "node:fs"

/** What is in it is in RAM (tmpfs of Linux). */
const MEMORY_DISK = "/dev/shm"
/** the databases of a day's outage and of PostgreSQL take less than half of it */
const MIN_FREE_BYTES = 2 ** 30

export const NO_MEMORY_DISK = `there is no ${MEMORY_DISK} with 1 GiB free`

/** Undefined where there is none, or too little is free. */
export function memoryDisk(): string | undefined {
    try {
        const { bavail, bsize } = statfsSync(MEMORY_DISK)
        return bavail * bsize >= MIN_FREE_BYTES ? MEMORY_DISK : undefined
    } catch {
        return undefined
    }
}
