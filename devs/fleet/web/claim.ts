/** Makes a chip a device of the list, or says what speaks against it. */
import { AirpinError } from "../../../certs/error.ts"
import type { FleetDevice } from "../list/check-list.ts"
import type { FleetState } from "../state.ts"

/** A chip as the browser has found it. */
export interface FoundChip {
    /** "esp32s3" */
    chip: string
    /** "a0:b1:c2:d3:e4:f5" */
    mac: string
}

/** What speaks against it and a person may overrule. */
export const overrulable: readonly string[] = ["FLEET_CHIP_TAKEN", "FLEET_CHIP_FLASHED"]

/**
 * Notes that from now on this chip is this device.
 *
 * @param replace whatever either of them was before
 * @throws AirpinError CHIP_MISMATCH; without `replace` FLEET_CHIP_TAKEN, FLEET_CHIP_FLASHED
 */
export async function claimChip(
    { name, board }: FleetDevice,
    { chip, mac }: FoundChip,
    state: FleetState,
    replace: boolean,
): Promise<void> {
    if (chip !== board.chip)
        throw new AirpinError(
            "CHIP_MISMATCH",
            `${name} is a ${board.devName} with an ${board.chip}; this is an ${chip}`,
        )
    const other = state.nameOf(mac)
    const known = state.of(name).mac
    if (!replace) {
        if (other === name && state.isFlashed(name))
            throw new AirpinError("FLEET_CHIP_FLASHED", `this chip is ${name} already, and has its image`)
        if (other !== undefined && other !== name)
            throw new AirpinError("FLEET_CHIP_TAKEN", `this chip is ${other} already`)
        if (known !== undefined && known !== mac)
            throw new AirpinError("FLEET_CHIP_TAKEN", `${name} is the chip ${known} already; this one is ${mac}`)
    }
    if (other !== undefined && other !== name) await state.change(other, { mac: undefined, ...notFlashed })
    await state.change(name, { mac, ...notFlashed })
}

const notFlashed = { flashed: undefined, firstReadingAt: undefined }
