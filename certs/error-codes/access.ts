/** Error codes of logging in, links and limits. */
import type { ErrorRow } from "./row.ts"

export const accessErrors = {
    NOT_LOGGED_IN: {
        http: 401,
        what: "The request needs a link or a log-in.",
        next: "use a link of `airpin link add`, log in, or send the link's token as Authorization: Bearer",
    },
    LINK_INVALID: {
        http: 401,
        what: "A link was revoked, has expired, was opened before and can be only once, or never existed.",
        next: "ask whoever runs the server for another link",
    },
    PASSWORD_WRONG: { http: 401, what: "No admin has this name and this password.", next: "try again" },
    ADMIN_ONLY: {
        http: 403,
        what: "Only an admin may do this.",
        next: "log in with the name and password of an admin",
    },
    DEVICE_LINK_ONLY: {
        http: 403,
        what: "The link shows one device, and the request asks for more.",
        next: "ask only for that device, or use a link for every device",
    },
    CROSS_SITE: {
        http: 403,
        what: "A browser sent the request for a page of another site.",
        next: "use the server's own page; other programs send the token of a link as Authorization: Bearer",
    },
    RATE_LIMIT: {
        http: 429,
        what: "A client sends more than it may in a minute.",
        next: "wait as long as Retry-After says",
    },
    LOGIN_BUSY: {
        http: 503,
        what: "The server checks as many passwords as it can at once.",
        next: "try again in a few seconds",
    },

    ADMIN_UNKNOWN: { exit: 1, what: "There is no admin with this name.", next: "see airpin admin list" },
    ADMIN_EXISTS: { exit: 1, what: "There is an admin with this name already.", next: "choose another name" },
    ADMIN_NAME_INVALID: {
        exit: 2,
        what: "A text cannot be the name of an admin.",
        next: "use 1 to 64 letters, digits and . _ @ -, with a letter or digit first",
    },
    PASSWORD_UNSUITABLE: {
        exit: 2,
        what: "A password is too short, too long, or has control characters.",
        next: "choose a longer one, such as five words",
    },
    PASSWORDS_DIFFER: { exit: 2, what: "The password was not repeated as it was.", next: "try again" },
    LINK_UNKNOWN: {
        exit: 1,
        http: 404,
        what: "No link in force has this name.",
        next: "see airpin link list",
    },
    LINK_EXISTS: {
        exit: 1,
        http: 409,
        what: "A link in force has this name already.",
        next: "choose another name, or revoke that link",
    },
    LINK_NAME_INVALID: {
        exit: 2,
        what: "A text cannot be the name of a link.",
        next: "use 1 to 64 printable characters",
    },
    PROXY_ADDRESS_INVALID: {
        exit: 2,
        what: "A text of --trust-proxy is neither an address nor a network.",
        next: "write addresses such as 127.0.0.1 or networks such as 10.0.0.0/8, with commas between them",
    },
} satisfies Record<string, ErrorRow>
