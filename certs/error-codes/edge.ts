/** Error codes of the edge: certificates that renew themselves, and what serves them. */
import type { ErrorRow } from "./row.ts"

export const edgeErrors = {
    EDGE_SETTINGS_MISSING: {
        exit: 2,
        what: "The edge folder has no edge.json.",
        next: "write one with airpin edge nginx or airpin edge haproxy, or give the right --folder",
    },
    EDGE_SETTINGS_WRONG: {
        exit: 2,
        what: "A field of edge.json is wrong.",
        next: "correct the fields that the message names; nothing was done",
    },
} satisfies Record<string, ErrorRow>
