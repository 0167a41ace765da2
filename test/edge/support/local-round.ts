/** A round whose source is the local CA of a folder, as a test's own process and its children run it. */
import { openCa } from "../../../certs/local-ca.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { runRound } from "../../../devs/edge/renewal/round.ts"
import type { Parts, ServedFiles } from "../../../devs/edge/renewal/types.ts"
import { deviceWith, NAME, shakeHands } from "./renewal-world.ts"

export interface LocalRound {
    /** the edge folder */
    folder: string
    /** folder of the CA */
    ca: string
    nowMs: number
}

/**
 * @param activate makes the server serve the files
 * @param server its `port` may change with the first activation
 */
export async function localRound(
    { folder, ca: directory, nowMs }: LocalRound,
    server: { port: number },
    activate: (files: ServedFiles) => Promise<void>,
    onStep: NonNullable<Parts["onStep"]> = () => undefined,
) {
    const now = new Date(nowMs)
    const ca = await openCa(directory, now)
    const source: Parts["sources"][number] = {
        name: "local",
        renewalInfo: async () => undefined,
        issue: async ({ names, keyType }) => {
            const { keyPem, chainPem } = await ca.issue({ names, keyType })
            return { keyPem, keyType, chains: [{ label: "default", pem: chainPem }] }
        },
    }
    const parts: Parts = {
        sources: [source],
        target: { name: "test server", activate },
        devices: async () => [deviceWith("Kitchen", ...parsePem(ca.rootPem))],
        handshake: () => shakeHands(server),
        report: async () => undefined,
        now: () => now,
        wait: async () => undefined,
        log: () => undefined,
        onStep,
    }
    return runRound({ folder, names: [NAME], keyTypes: ["P-256"] }, parts)
}
