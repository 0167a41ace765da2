import type { Random } from "../../../devs/sim/random.ts"
import { otherFaults, standbyFaults } from "./around.ts"
import { commitFaults } from "./commit.ts"
import type { FaultKind } from "./fault.ts"
import { primaryFaults } from "./primary.ts"

export const faultKinds = { ...primaryFaults, ...commitFaults, ...standbyFaults, ...otherFaults }

export type FaultName = keyof typeof faultKinds

export const faultNames = Object.keys(faultKinds) as FaultName[]

export const faultKind = (name: FaultName): FaultKind => faultKinds[name]

/** So many faults in random order: no kind comes twice more often than another. */
export function drawFaults(rounds: number, random: Random, names = faultNames): FaultName[] {
    const drawn: FaultName[] = []
    while (drawn.length < rounds) {
        const deck = [...names]
        while (deck.length > 0) drawn.push(...deck.splice(Math.floor(random.next() * deck.length), 1))
    }
    return drawn.slice(0, rounds)
}
