import { backupWarning } from "../../certs/backup.ts"
import { dateNotices, dateText } from "../../certs/check.ts"
import { type Lock, readLock } from "../../certs/lock.ts"

/** What goes into an image, and what is to be said of it. */
export interface PinnedSet extends Lock {
    warnings: string[]
}

/** The lock; the chip checks no dates and knows no backup, so it is said here. Throws AirpinError LOCK_MISSING, LOCK_CORRUPT. */
export async function readPins(directory: string): Promise<PinnedSet> {
    const lock = await readLock(directory)
    const certificates = lock.anchors.map(({ certificate }) => certificate)
    const backup = backupWarning(lock.anchors)
    return {
        ...lock,
        warnings: [...(backup ? [backup] : []), ...dateNotices([], certificates, new Date()).map(dateText)],
    }
}
