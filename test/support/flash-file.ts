/** Flash images like those that `airpin image` makes for a device. */
import type { LocalCa } from "../../certs/local-ca.ts"
import { parsePem } from "../../certs/x509/certificate.ts"
import { readBoard } from "../../devs/image/boards.ts"
import { makeImage } from "../../devs/image/make-image.ts"
import type { EnvSettings } from "../../devs/image/store-entries.ts"
import { buildFirmware as buildProgram } from "../../devs/vm/firmware.ts"
import { buildFirmware, packBundleBe, realRoots } from "./firmware-image.ts"

/** A stand-in for a downloaded runtime: without board and program, with a bundle of public roots. */
export const stockImage = (): Buffer =>
    buildFirmware({ apps: [{ dataBytes: 4096, codeBytes: 0, ramBytes: 1024, bundles: [packBundleBe(realRoots(3))] }] })

/** An image for a device that trusts this CA. */
export async function flashFile(authority: LocalCa, settings: EnvSettings): Promise<Buffer> {
    const { bytecode } = await buildProgram()
    return makeImage({
        runtime: stockImage(),
        runtimeName: "stock-0x1000.bin",
        board: await readBoard("m5stack_core"),
        contents: { bytecode, settings, wifi: { ssid: "office", passphrase: "correct horse" } },
        anchors: parsePem(authority.rootPem),
    })
}
