/** What `airpin bench all` measures, in this order: first what no other load changes. */
import type { Section } from "./measured.ts"
import { firmwareSection } from "./sections/firmware.ts"
import { ratesSection } from "./sections/rates.ts"
import { recoverySection } from "./sections/recovery.ts"
import { trustSection } from "./sections/trust.ts"
import { vmSection } from "./sections/vm.ts"
import { wireSection } from "./sections/wire.ts"

export const sections: readonly Section[] = [
    wireSection,
    firmwareSection,
    vmSection,
    trustSection,
    ratesSection,
    recoverySection,
]

/** `--quick` has neither: Node.js compiles for seconds before rates and parsing say anything. */
export const quickSections: readonly Section[] = sections.filter(
    section => section !== trustSection && section !== ratesSection,
)
