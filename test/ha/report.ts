/** A run in words and tables. */
import { tableText } from "../../devs/display/terminal.ts"
import { faultNames } from "./faults/kinds.ts"
import type { Round, Run } from "./rounds.ts"

const seconds = (ms: number) => (ms / 1000).toFixed(1)

export function roundLine({ number, fault, notes, firstAckMs, longestGapMs, wholeMs, ...round }: Round): string {
    const failures = Object.entries(round.failures).map(([reason, count]) => `${count} ${reason}`)
    return [
        `round ${String(number).padStart(3)} ${fault.padEnd(24)}`,
        `first ack ${seconds(firstAckMs).padStart(5)} s, gap ${seconds(longestGapMs).padStart(5)} s, whole ${seconds(wholeMs).padStart(5)} s`,
        [...notes, ...failures].join(", "),
    ].join("  ")
}

/** Per fault and over all: rounds, time to the first acknowledged post and longest time without one, median and worst. */
export function summaryLines(run: Run): string[] {
    const { rounds, counts, audits, posts, violations, virtualDevice } = run
    const kinds = faultNames.map(name => [name, rounds.filter(({ fault }) => fault === name)] as const)
    const rows = [...kinds, ["all", rounds] as const].flatMap(([name, some]) =>
        some.length > 0 ? [row(name, some)] : [],
    )
    return [
        ...tableText([["FAULT", "ROUNDS", "FIRST ACK", "WORST", "LONGEST GAP", "WORST"], ...rows]),
        `posts     ${posts.acknowledged} acknowledged, ${posts.failed} failed`,
        `waits     ${counts.cancelledWaits} commits' waits for the standby ended by force`,
        `stale     ${counts.staleWrites} writes tried on a former primary, ${counts.staleWritesConfirmed} confirmed`,
        ...audits.map(
            ({ node, result: { acknowledged, stored, missing, doubled, altered, rollUpsWrong } }) =>
                `${node.padEnd(10)}${acknowledged} readings acknowledged, ${stored} stored: missing ${missing}, doubled ${doubled}, altered ${altered}, roll-ups wrong ${rollUpsWrong.length}`,
        ),
        ...(virtualDevice
            ? [
                  `firmware  ${virtualDevice.readings} readings, ${virtualDevice.acknowledged} acknowledged, ${virtualDevice.stored} stored, ${virtualDevice.lost} lost`,
              ]
            : []),
        ...violations.map(text => `WRONG     ${text}`),
    ]
}

function row(name: string, rounds: Round[]): string[] {
    const statistics = [rounds.map(({ firstAckMs }) => firstAckMs), rounds.map(({ longestGapMs }) => longestGapMs)]
    return [
        name,
        String(rounds.length),
        ...statistics.flatMap(times => [`${seconds(median(times))} s`, `${seconds(Math.max(...times))} s`]),
    ]
}

/** The lower of the two in the middle. */
function median(values: number[]): number {
    const sorted = [...values].sort((a, b) => a - b)
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}
