/** A class set in a folder: the list, its network, pins, and a runtime for each kind of chip. */
import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import path from "node:path"
import { airpin } from "../../support/airpin.ts"
import { buildFirmware, type ChipName, packBundleBe, realRoots } from "../../support/firmware-image.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

export const BOARDS = [
    { id: "m5stack_core", chip: "esp32" },
    { id: "m5atom_s3_lite", chip: "esp32s3" },
    { id: "xiao_esp32c3", chip: "esp32c3" },
] as const satisfies { id: string; chip: ChipName }[]
export const PASSWORD = "correct horse battery"

/** What the command needs besides the list. */
export const CLASS_SET_OPTIONS = [
    ...["--db", "readings.db", "--pinned", "pinned", "--env", "all.env"],
    ...BOARDS.flatMap(({ chip }) => ["--firmware", `${chip}.bin`]),
]

export interface State {
    devices: Record<string, { mac?: string; image: { file: string; sha256: string }; flashed?: { sha256: string } }>
}

/**
 * Writes rooms.csv and everything that it takes: "Room 101" and so on.
 *
 * @param boards of the rooms
 * @param isLong with runtimes of the real size
 */
export async function writeClassSet(folder: string, boards: string[], isLong = false): Promise<void> {
    const authority = await temporaryCa({ rootName: "Test root", intermediateName: "Test CA" })
    await writeFile(path.join(folder, "chain.pem"), authority.server.chainPem)
    await writeFile(path.join(folder, "root.pem"), authority.rootPem)
    const pinned = await airpin(
        ["pin", "localhost:8443", "--chain", "chain.pem", "--ca", "root.pem", "--pinned", "pinned"],
        folder,
    )
    assert.equal(pinned.code, 0, pinned.stderr)
    const small = isLong ? {} : { dataBytes: 4096, codeBytes: 0, ramBytes: 1024 }
    for (const { chip } of BOARDS)
        await writeFile(
            path.join(folder, `${chip}.bin`),
            buildFirmware({ chip, apps: [{ ...small, bundles: [packBundleBe(realRoots(3))] }] }),
        )
    const lines = boards.map((board, at) => {
        const floor = 1 + Math.floor(at / 10)
        return `Room ${101 + at},${board},Building A,Floor ${floor},school,${at % 2 ? 30 : 60},5`
    })
    await writeFile(
        path.join(folder, "rooms.csv"),
        ["name,board,building,floor,wifi,interval,batch", ...lines].join("\n"),
    )
    await writeFile(path.join(folder, ".env.networks"), `SCHOOL_SSID=School\nSCHOOL_PWD="${PASSWORD}"\n`, {
        mode: 0o600,
    })
    await writeFile(path.join(folder, "all.env"), "API_URL=https://localhost:8443\n")
}
