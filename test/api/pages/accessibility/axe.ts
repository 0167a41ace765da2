/** Runs axe (https://github.com/dequelabs/axe-core) over a page. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Page } from "playwright-core"

/** WCAG 2.2, levels A and AA, and what axe calls best practices. */
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

// by its path: to be put into a page, not to be run here
const script = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8")

const run = `axe.run(document, { runOnly: { type: "tag", values: ${JSON.stringify(tags)} }, resultTypes: ["violations"] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => id + ": " + target.join(" ") + ": " + failureSummary)))`

/** @returns a text for each violation: rule, element, what would mend it */
export async function violationsOf(page: Page): Promise<string[]> {
    await page.evaluate(script)
    return await page.evaluate<string[]>(run)
}
