/** What happens to a certificate in years, one change after the other. */
import type { KeyType } from "../../../certs/x509/issue.ts"
import type { ChainShape } from "../support/chain-shapes.ts"

export const FIRST_ROOT = "Trial Root A"
const NEXT_ROOT = "Trial Root B"

/** What the CA issues at first; the device pins its root. */
export const firstChain: ChainShape = { intermediate: "Trial E1", root: FIRST_ROOT }

export interface Change {
    name: string
    /** what the CA issues from now on */
    chain: ChainShape
    /** of the certificate, from now on */
    keyType?: KeyType
    /** the device would refuse it: it must not be deployed */
    isHeldBack?: true
}

export const changes: Change[] = [
    { name: "renewed with a new key", chain: firstChain },
    { name: "intermediate changed", chain: { ...firstChain, intermediate: "Trial E2" } },
    { name: "key type changed", chain: { ...firstChain, intermediate: "Trial R2" }, keyType: "RSA-2048" },
    {
        name: "root changed, with a cross-sign",
        chain: { intermediate: "Trial E3", root: NEXT_ROOT, crossSignedBy: FIRST_ROOT },
    },
    { name: "root changed, without", chain: { intermediate: "Trial E4", root: NEXT_ROOT }, isHeldBack: true },
]
