/** `airpin serve` as the target of rounds in its own process. */
import { readFile } from "node:fs/promises"
import { toPem } from "../../../certs/x509/certificate.ts"
import type { Target } from "../renewal/types.ts"
import { readLiveVersion } from "../renewal/versions.ts"

/** What a TLS server presents. */
export interface KeyAndChain {
    keyPem: string
    /** leaf first */
    certPem: string
}

/** @param use gives new connections these files; open ones go on */
export function serveTarget(use: (files: KeyAndChain) => void): Target {
    return {
        name: "serve",
        activate: async ({ chain, key }) => {
            const [certPem, keyPem] = [await readFile(chain, "utf8"), await readFile(key, "utf8")]
            use({ keyPem, certPem })
        },
    }
}

/** What is live in an edge folder; undefined before the first certificate. @throws Error if its files are damaged */
export async function readLiveFiles(folder: string): Promise<KeyAndChain | undefined> {
    const live = await readLiveVersion(folder)
    return live && { keyPem: live.keyPem, certPem: live.chain.map(toPem).join("") }
}
