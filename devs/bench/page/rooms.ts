/** Made-up rooms with readings of the last days. */
import { openDatabase } from "../../api/store/open.ts"
import { fillYear } from "../api/year.ts"

/** Fills a new database. */
export async function fillRooms(
    file: string,
    rooms: number,
    days: number,
    onProgress: (done: number) => void,
): Promise<void> {
    const db = await openDatabase(file)
    try {
        await fillYear(db, { devices: rooms, days }, Math.floor(Date.now() / 1000), onProgress)
    } finally {
        await db.close()
    }
}

/** As `fillYear` names them. */
export const roomNames = (count: number) => Array.from({ length: count }, (_, at) => `room-${at + 1}`)
