/** How far the times of each boot's readings may be off, and why. */
import type { BootHistory } from "./device-history.ts"
import type { TimeSpan } from "./missing-intervals.ts"

export interface BootClock {
    /** reported by the device, plus what a wrong server clock may have added, s */
    toleranceS: number
    /** without power between two boots of one clock, which the device cannot notice, s */
    unnoticedS: number
}

/** @param reportedS uncertainty that the server was told, seconds by boot id */
export function bootClocks(
    boots: BootHistory[],
    reportedS: (bootId: string) => number,
    clockFaults: (TimeSpan & { byS: number })[],
): Map<string, BootClock> {
    const clocks = uptimeChains(boots).map(([id, { fromS, untilS, unnoticedS }]): [string, BootClock] => {
        const faults = clockFaults.filter(fault => fault.fromS < untilS && fault.untilS > fromS)
        const misledS = Math.max(0, ...faults.map(({ byS }) => Math.abs(byS)))
        return [id, { toleranceS: reportedS(id) + misledS, unnoticedS }]
    })
    return new Map(clocks)
}

/**
 * Boots with one clock: a device that restarts itself notes its time in flash
 * and continues with it. If the power is cut at that moment, neither the boots
 * that follow nor those before, which get their time from them, can know for
 * how long.
 */
interface UptimeChain {
    fromS: number
    untilS: number
    unnoticedS: number
}

function uptimeChains(boots: BootHistory[]): [string, UptimeChain][] {
    let chain: UptimeChain | undefined
    return boots.map(({ id, continues, offsetS, end }, at) => {
        const previousEnd = boots[at - 1]?.end
        if (!chain || !continues) chain = { fromS: offsetS, untilS: 0, unnoticedS: 0 }
        else if (previousEnd && isPowerCut(previousEnd)) chain.unnoticedS += offsetS - previousEnd.atS
        chain.untilS = end.atS
        return [id, chain]
    })
}

export function isPowerCut({ cause }: BootHistory["end"]): boolean {
    return cause === "cut" || cause === "torn"
}
