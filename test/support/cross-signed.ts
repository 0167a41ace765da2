/** A chain as Let's Encrypt serves it: its tail is a new root, cross-signed by an old one. */
import { certify, namedCa, pemOf, serve } from "./named-ca.ts"

/** Leaf for localhost, intermediate, new root signed by the old one; and both roots, self-signed. */
export function crossSignedChain(): { chainPem: string; newRootPem: string; oldRootPem: string } {
    const [oldRoot, newRoot, intermediate] = [namedCa("Old root"), namedCa("New root"), namedCa("Issuing CA")] as const
    return {
        chainPem: serve(intermediate, certify(intermediate, newRoot), certify(newRoot, oldRoot)).cert,
        newRootPem: pemOf(certify(newRoot, newRoot)),
        oldRootPem: pemOf(certify(oldRoot, oldRoot)),
    }
}
