/** Devices of a server with what belongs to each: its image and manifest on this computer, and a chip that runs it. */
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { sha256Of } from "../../../certs/sha256.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { addDevice } from "../../../devs/api/device-registry.ts"
import { storePins } from "../../../devs/api/pins/device-pins.ts"
import { openDatabase } from "../../../devs/api/store/open.ts"
import { pinsIn } from "../../../devs/commands/service/device-pins.ts"
import { readBoard } from "../../../devs/image/boards.ts"
import { chips } from "../../../devs/image/chip.ts"
import { makeBase, withStore } from "../../../devs/image/make-image.ts"
import { createManifest } from "../../../devs/image/manifest/manifest.ts"
import { buildFirmware } from "../../../devs/vm/firmware.ts"
import { ChipModel } from "../../flash/support/chip-model.ts"
import { stockImage } from "../../support/flash-file.ts"

/** Where an image begins in flash. */
export const START = chips.esp32.bootloaderAt

export const anchorsOf = (ca: LocalCa) =>
    parsePem(ca.rootPem).map(certificate => ({
        ...{ certificate, role: "issuer" as const, source: "ca-file" as const, reason: "" },
    }))

export interface RoomChip {
    /** the image that it was flashed with */
    image: Buffer
    /** unplugged */
    chip: ChipModel
}

/**
 * Registers a device for each name in readings.db, with the pins of a CA, and flashes a chip for it.
 *
 * @param strangers of the names: they have no pins in the database and no image in build/
 */
export async function roomChips(
    folder: string,
    ca: LocalCa,
    names: string[],
    strangers: string[] = [],
): Promise<RoomChip[]> {
    await mkdir(path.join(folder, "build"))
    const db = await openDatabase(path.join(folder, "readings.db"))
    const board = await readBoard("m5stack_core")
    const anchors = parsePem(ca.rootPem)
    const base = await makeBase({ runtime: stockImage(), runtimeName: "stock-0x1000.bin", board, anchors })
    const { bytecode } = await buildFirmware()
    const rooms: RoomChip[] = []
    for (const name of names) {
        const { token } = await addDevice(db, { id: name, createdAt: 5 })
        const image = await withStore(base, { bytecode, settings: { API_URL: "https://air.test", API_TOKEN: token } })
        const manifest = createManifest(image, {
            ...{ file: `${name}-0x1000.bin`, board: { id: "m5stack_core", name: "M5Stack" } },
            ...{ runtime: { file: "r", sha256: "" }, deviceTokenSha256: sha256Of(token) },
            pins: { anchors: anchorsOf(ca), hosts: ["air.test:443"] },
        })
        if (!strangers.includes(name)) {
            await storePins(db, name, pinsIn(manifest), 5)
            await writeFile(path.join(folder, "build", manifest.file), image)
            await writeFile(path.join(folder, "build", `${name}.json`), JSON.stringify(manifest))
        }
        const mac = Buffer.from([0xa0, 0xb1, 0xc2, 0, 0, rooms.length])
        const chip = await ChipModel.plugIn({ kind: "esp32", mac })
        await chip.unplug()
        image.copy(chip.flash, START)
        rooms.push({ image, chip })
    }
    await db.close()
    return rooms
}
