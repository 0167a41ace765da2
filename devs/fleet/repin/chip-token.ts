/** Which device a chip is: by the token in its own store, read from its flash. */
import { AirpinError, asAirpinError } from "../../../certs/error.ts"
import type { ChipLoader } from "../../flash/loader.ts"
import { headerBytes } from "../../image/fstor.ts"
import { parsePartitionTable, TABLE_ADDRESS, TABLE_SECTOR_BYTES } from "../../image/partition-table.ts"
import { findPartition } from "../../image/runtime-partitions.ts"
import { storedSetting } from "../../image/stored-setting.ts"

/**
 * The token of the device that this chip is. About 36 kB are read, whatever the store has besides.
 *
 * @throws AirpinError REPIN_MISMATCH if the chip has no store of airpin; the errors of `ChipLoader.read`
 */
export async function tokenOnChip(loader: ChipLoader): Promise<string> {
    const table = await loader.read(TABLE_ADDRESS, TABLE_SECTOR_BYTES)
    const store = storeOf(() =>
        findPartition({ partitions: parsePartitionTable(table, loader.flashSizeBytes) }, "fstor"),
    )
    const bytes = Buffer.alloc(store.sizeBytes, 0xff)
    ;(await loader.read(store.offset, headerBytes(store.sizeBytes))).copy(bytes)
    const token = storeOf(() => storedSetting(bytes, "API_TOKEN"))
    if (token !== undefined) return token
    throw new AirpinError("REPIN_MISMATCH", "the chip has no token of a device", FLASH_IT)
}

const FLASH_IT = "flash the complete image of the device that it is to be: airpin fleet flash, or airpin flash"

function storeOf<Result>(read: () => Result): Result {
    try {
        return read()
    } catch (cause) {
        const { message } = asAirpinError(cause)
        throw new AirpinError("REPIN_MISMATCH", `the chip has no store of airpin: ${message}`, FLASH_IT, { cause })
    }
}
