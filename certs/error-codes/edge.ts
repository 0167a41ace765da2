/** Error codes of the edge: certificates that renew themselves, and what serves them. */
import type { ErrorRow } from "./row.ts"

export const edgeErrors = {
    DOMAIN_MISSING: {
        exit: 2,
        what: "An option for the certificate of serve --domain was given without --domain.",
        next: "give --domain NAME too, or leave the option out",
    },
    EDGE_BUSY: {
        exit: 1,
        what: "Another round of airpin renew is running in the same folder.",
        next: "wait until it has ended; nothing was done",
    },
    EDGE_CLOCK_WRONG: {
        exit: 1,
        what: "This machine's clock shows a time before this release, or before the certificate that serves was issued.",
        next: "set the clock (timedatectl, or NTP); nothing was done",
    },
    EDGE_KEY_MISMATCH: {
        exit: 1,
        what: "A private key does not belong to its certificate; it was not deployed.",
        next: "run airpin renew --force to order again, and see the source's own log",
    },
    EDGE_NOT_RENEWED: {
        exit: 1,
        what: "The source issued the certificate that serves already.",
        next: "see the source's own log: certbot keeps a certificate that it does not consider due",
    },
    EDGE_ORDERS_USED_UP: {
        exit: 1,
        what: "As many certificates were ordered in 24 hours as one folder may order.",
        next: "correct what the earlier errors say; the next order is possible at the time in the message",
    },
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
    EDGE_WRONG_SERVED: {
        exit: 1,
        what: "The server presents another certificate than the one that was deployed.",
        next: "check that the server reads its certificate from the edge folder's live/, and that edge.json names its host and port",
    },
} satisfies Record<string, ErrorRow>
