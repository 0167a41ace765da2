/** What an edge folder and a server have. */
import assert from "node:assert/strict"
import { createPrivateKey, createPublicKey } from "node:crypto"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { sha256Of } from "../../../certs/sha256.ts"
import { parsePem } from "../../../certs/x509/certificate.ts"
import { shakeHands } from "./renewal-world.ts"

/** SHA-256 of the leaf that the server presents. */
export async function servedLeaf(server: { port: number }): Promise<string> {
    return sha256Of((await shakeHands(server)).chain[0]!.der)
}

/** Requires that chain and key in `live` belong together, and returns the SHA-256 of the leaf. */
export async function liveLeaf(folder: string): Promise<string> {
    const read = (name: string) => readFile(path.join(folder, "live", name), "utf8")
    const [leaf] = parsePem(await read("fullchain.pem"))
    const key = await read("privkey.pem")
    assert.ok(createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" }).equals(leaf.spkiDer))
    assert.equal(await read("combined.pem"), (await read("fullchain.pem")) + key)
    return sha256Of(leaf.der)
}
