/** Handshakes of `openssl s_client` with an offer of the test's choice. */
import { execFile } from "node:child_process"
import { NAME } from "./site-world.ts"

export interface Scanned {
    /** "TLSv1.2", or "none" if there was no handshake */
    version: string
    suite: string
    /** "ECDSA" or "RSA": what the server signed with */
    signature: string
    /** group of the key exchange */
    group: string
    output: string
}

/** @param args after `openssl s_client -connect …`; a servername of its own replaces that of the site */
export function scan(port: number, args: string[], name = NAME): Promise<Scanned> {
    const sni = name === "" ? ["-noservername"] : ["-servername", name]
    const all = ["s_client", "-connect", `127.0.0.1:${port}`, ...sni, ...args]
    return new Promise(resolve => {
        const child = execFile("openssl", all, { timeout: 10_000 }, (_error, stdout, stderr) => {
            const [, version = "none", suite = "none"] = /^(?:New|Reused), (\S+), Cipher is (\S+)/m.exec(stdout) ?? []
            const failed = suite === "(NONE)"
            resolve({
                version: failed ? "none" : version,
                suite: failed ? "none" : suite,
                signature: /Peer signature type: (?:RSA-PSS|(\S+))/.exec(stdout)?.[1] ?? "RSA",
                group: /Server Temp Key: (?:ECDH, )?([\w-]+)/.exec(stdout)?.[1] ?? "none",
                output: stdout + stderr,
            })
        })
        child.stdin?.end()
    })
}
