/** A chain as Let's Encrypt serves it: the tail is a new root signed across by an old one. */
import { parseCertificate, toPem } from "../../certs/x509/certificate.ts"
import { altNames, ca, dn, dns, ec, mint } from "./mint.ts"

const pem = (der: Buffer) => toPem(parseCertificate(der))

/** Leaf for localhost, intermediate, new root signed by the old one; and both roots, self-signed. */
export function crossSignedChain(): { chainPem: string; newRootPem: string; oldRootPem: string } {
    const [oldRoot, newRoot, intermediate, leaf] = [ec(), ec(), ec(), ec()] as const
    const [oldName, newName, intermediateName] = [dn("Old root"), dn("New root"), dn("Issuing CA")] as const
    const extensions = [ca()]
    const chain = [
        mint({
            subject: dn("localhost"),
            issuer: intermediateName,
            key: leaf,
            signer: intermediate,
            extensions: [altNames(dns("localhost"))],
        }),
        mint({ subject: intermediateName, issuer: newName, key: intermediate, signer: newRoot, extensions }),
        mint({ subject: newName, issuer: oldName, key: newRoot, signer: oldRoot, extensions }),
    ]
    return {
        chainPem: chain.map(pem).join(""),
        newRootPem: pem(mint({ subject: newName, issuer: newName, key: newRoot, signer: newRoot, extensions })),
        oldRootPem: pem(mint({ subject: oldName, issuer: oldName, key: oldRoot, signer: oldRoot, extensions })),
    }
}
