import { backupWarning } from "../../certs/backup.ts"
import { dateNotices, dateText } from "../../certs/check.ts"
import { type Lock, readLock } from "../../certs/lock.ts"

/** The pins that go into an image, with warnings for the user. */
export interface PinnedSet extends Lock {
    warnings: string[]
}

/**
 * The lock, with warnings about dates and a missing backup, which the chip does not check.
 *
 * @throws AirpinError LOCK_MISSING, LOCK_CORRUPT
 */
export async function readPins(directory: string): Promise<PinnedSet> {
    const lock = await readLock(directory)
    const certificates = lock.anchors.map(({ certificate }) => certificate)
    const backup = backupWarning(lock.anchors)
    return {
        ...lock,
        warnings: [...(backup ? [backup] : []), ...dateNotices([], certificates, new Date()).map(dateText)],
    }
}
