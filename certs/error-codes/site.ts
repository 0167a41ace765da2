/** Error codes of the sites of nginx and HAProxy, and of what makes them serve a certificate. */
import type { ErrorRow } from "./row.ts"

export const siteErrors = {
    SITE_INVALID: {
        exit: 2,
        what: "A value cannot stand in the configuration of nginx or HAProxy.",
        next: "give DNS names, HOST:PORT, and files whose names have letters, digits and . _ - + @ only",
    },
    SITE_FOREIGN: {
        exit: 2,
        what: "The file of --out exists, and airpin did not write it.",
        next: "name another file with --out, or move this one away",
    },
    SITE_REFUSED: {
        exit: 1,
        what: "nginx -t or haproxy -c refuses the configuration; the file that was there is unchanged.",
        next: "correct your own lines where the message names them, and run the command again",
    },
    UPSTREAM_UNREACHABLE: {
        http: 502,
        what: "The proxy reaches no process of the API. Devices keep their readings.",
        next: "start airpin serve --http where --upstream says it is",
    },
    UPSTREAM_BUSY: {
        http: 503,
        what: "One address has too many requests at once.",
        next: "send fewer requests at once",
    },
    UPSTREAM_TIMEOUT: {
        http: 504,
        what: "The API did not respond to the proxy in time. What it stored all the same is not stored twice.",
        next: "check the load of the API and of its database",
    },
} satisfies Record<string, ErrorRow>
