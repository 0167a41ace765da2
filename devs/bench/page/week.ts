/** Whether a wall that is open for a week keeps more and more. */
import { readFile } from "node:fs/promises"
import type { Browser } from "playwright-core"
import { type Kept, keptBy, openCounted } from "./browser.ts"

/** After so long caches are filled and every function is compiled. */
const WARM_UP_H = 24
const DAY_H = 24

const scriptOf = (name: string) => readFile(new URL(name, import.meta.url), "utf8")

/**
 * What the page keeps after each day but the first.
 *
 * @param url of a wall
 * @param onDay called with the number of each day that has passed
 */
export async function measureWeek(
    browser: Browser,
    url: string,
    { rooms, days, onDay }: { rooms: string[]; days: number; onDay: (day: number) => void },
): Promise<Kept[]> {
    const counted = await openCounted(browser, await scriptOf("simulated-time.js"), await scriptOf("week-of-events.js"))
    await counted.page.goto(url)
    const startS = Math.floor(Date.now() / 1000)
    const pass = (fromH: number, hours: number) =>
        counted.page.evaluate(`simulatedHours(${JSON.stringify(rooms)}, ${startS}, ${fromH}, ${hours})`)
    await pass(0, WARM_UP_H)
    const kept = [await keptBy(counted)]
    for (let day = 1; day < days; day++) {
        onDay(day)
        await pass(day * DAY_H, DAY_H)
        kept.push(await keptBy(counted))
    }
    await counted.close()
    return kept
}
