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
    TARGET_REFUSED: {
        exit: 1,
        what: "nginx -t refuses its configuration with the new certificate; it was not reloaded.",
        next: "correct the configuration where the message names it, until nginx -t accepts it",
    },
    TARGET_COMMAND_FAILED: {
        exit: 1,
        what: "The command that activates a certificate failed, or did not end in time.",
        next: "run the command by hand and see what it says",
    },
    TARGET_UNREACHABLE: {
        exit: 1,
        what: "The runtime API of HAProxy does not respond on its socket.",
        next: "check that HAProxy runs, and that its stats socket has level admin and this path",
    },
    TARGET_CERTIFICATE_REFUSED: {
        exit: 1,
        what: "HAProxy does not take the certificate; it serves the one before.",
        next: "check that the name of the certificate in edge.json is the one of crt in HAProxy's configuration",
    },
    TARGET_NOT_SERVING: {
        exit: 1,
        what: "The new certificate was activated, but handshakes still show another one.",
        next: "check that the configuration has the files of the edge folder's live, and that no other program serves",
    },
} satisfies Record<string, ErrorRow>
