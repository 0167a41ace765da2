/** Error codes of `airpin bench`. */
import type { ErrorRow } from "./row.ts"

export const benchErrors = {
    BENCH_BELOW_FLOOR: {
        exit: 1,
        what: "A figure of airpin bench all is worse than devs/bench/floors.json5 allows.",
        next: "find the change that made it worse; if it is worth it, record the new figure with --record and say why",
    },
    BROWSER_MISSING: {
        exit: 1,
        what: "airpin bench page needs Chromium and the package playwright-core, and one of them is not installed.",
        next: "install Debian's package chromium, or name another Chromium with --chromium; run npm install without --omit=dev",
    },
    FLOORS_INVALID: {
        exit: 2,
        what: "The file of floors is not JSON5, or a figure in it lacks something.",
        next: "compare it with devs/bench/floors.json5",
    },
} as const satisfies Record<string, ErrorRow>
