/** A flash image as it is made for a device: a runtime's file with board, program, settings, network and bundle put in. */
import type { Authority } from "../../certs/authority.ts"
import { parsePem } from "../../certs/chain.ts"
import { patchBoardConfig } from "../../devs/image/board-config.ts"
import { readBoard } from "../../devs/image/boards.ts"
import { readFlashImage } from "../../devs/image/flash-image.ts"
import { repin } from "../../devs/image/repin.ts"
import { writePartition } from "../../devs/image/runtime-partitions.ts"
import { composeStore } from "../../devs/image/store-image.ts"
import type { Settings } from "../../devs/image/store-entries.ts"
import { buildFirmware as buildProgram } from "../../devs/vm/firmware.ts"
import { buildFirmware, packBundleBe, realRoots } from "./firmware-image.ts"

/** As a download is: no board but a bare one, no program, a bundle of public roots. */
export const stockImage = (): Buffer =>
    buildFirmware({ apps: [{ dataBytes: 4096, codeBytes: 0, ramBytes: 1024, bundles: [packBundleBe(realRoots(3))] }] })

/** One for a device that trusts this CA. */
export async function flashFile(authority: Authority, settings: Settings): Promise<Buffer> {
    const { bytecode } = await buildProgram()
    const withBoard = patchBoardConfig(readFlashImage(stockImage()), await readBoard("m5stack_core"))
    const store = await composeStore({ bytecode, settings, wifi: { ssid: "office", passphrase: "correct horse" } })
    return repin(writePartition(readFlashImage(withBoard), "fstor", store), parsePem(authority.rootPem))
}
