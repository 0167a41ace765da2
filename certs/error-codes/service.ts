/** Error codes of the API, its store and its device tokens, and of the server that offers them. */
import type { ErrorRow } from "./row.ts"

const SEE_OPENAPI = "see the OpenAPI document of the API"

export const serviceErrors = {
    INTERNAL: {
        exit: 1,
        http: 500,
        what: "Something failed that airpin does not expect: a bug.",
        next: "report it with its output, or with the server's log",
    },
    USAGE_WRONG: { exit: 2, what: "The command line is not one of airpin's.", next: "see airpin --help" },
    OUTPUT_FAILED: {
        exit: 1,
        what: "The result could not be written to stdout.",
        next: "free space on the disk that stdout goes to, or send it elsewhere",
    },
    DISK_FULL: { exit: 1, what: "A disk, or the user's share of it, is full.", next: "free space on the disk" },
    PATH_FORBIDDEN: {
        exit: 1,
        what: "This user may not read or write a file or a folder.",
        next: "check its owner and its mode, or name another one",
    },
    PATH_UNSUITABLE: {
        exit: 1,
        what: "A path is missing, or is a folder where a file is needed, or the reverse.",
        next: "correct the path",
    },
    SYSTEM_FAILED: {
        exit: 1,
        what: "The operating system refused something for another reason.",
        next: "see the system's own message",
    },
    ERROR_CODE_UNKNOWN: {
        exit: 2,
        http: 404,
        what: "There is no such error code.",
        next: "see airpin errors for all of them",
    },
    FILE_UNREADABLE: { exit: 1, what: "A file cannot be read.", next: "check its path, and that it may be read" },
    TEXT_ENCODING: { exit: 1, what: "A text file is not in UTF-8.", next: "save it as UTF-8" },

    KEY_AND_CERT: { exit: 2, what: "Only one of --cert and --key is given.", next: "give both, or neither" },
    SERVER_UNREACHABLE: {
        exit: 1,
        what: "The server of --server could not be asked, or is not one of airpin's.",
        next: "check the address, and name the root certificate of a private CA with --ca",
    },
    SERVER_ADDRESS_INVALID: {
        exit: 2,
        what: "The address of --server is not one of an HTTPS server.",
        next: "write https://HOST or https://HOST:PORT",
    },
    ORIGIN_INVALID: {
        exit: 2,
        what: "The origin of --cors is not one of a site.",
        next: "write https://HOST, with the port if it has one and without a path, or '*' for all sites",
    },
    TLS_KEY_INVALID: {
        exit: 1,
        what: "The key and the certificate chain do not make a TLS server.",
        next: "check that both are PEM and that the key is the certificate's",
    },
    PORT_IN_USE: { exit: 1, what: "The server's port is in use.", next: "choose another port, or 0 for a free one" },
    PORT_FORBIDDEN: {
        exit: 1,
        what: "This user may not open the server's port.",
        next: "choose a port of 1024 or above, or give the process CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities in a drop-in)",
    },
    ADDRESS_UNAVAILABLE: {
        exit: 1,
        what: "The address to listen on is not an address of this machine.",
        next: "use 127.0.0.1, or 0.0.0.0 for all addresses",
    },

    REQUEST_MALFORMED: { http: 400, what: "The request is not HTTP.", next: "send HTTP/1.1 over TLS" },
    REQUEST_TIMEOUT: {
        http: 408,
        what: "The request did not arrive in time.",
        next: "send the request faster, or check the network",
    },
    HEADERS_TOO_LARGE: {
        http: 431,
        what: "The headers of the request are too large.",
        next: "send fewer or shorter headers",
    },
    ROUTE_UNKNOWN: { http: 404, what: "The API has no such route.", next: SEE_OPENAPI },
    BODY_MALFORMED: { http: 400, what: "The body is not the JSON that the route accepts.", next: SEE_OPENAPI },
    BODY_TOO_LARGE: { http: 413, what: "The body is too large.", next: "send a smaller batch" },
    MEDIA_TYPE_UNSUPPORTED: { http: 415, what: "The body is not JSON.", next: "send content-type: application/json" },
    QUERY_MALFORMED: { http: 400, what: "The URL or its query is malformed.", next: SEE_OPENAPI },
    TOKEN_MISSING: { http: 401, what: "The request has no bearer token.", next: "send authorization: Bearer TOKEN" },
    TOKEN_UNKNOWN: {
        http: 401,
        what: "No device has this token.",
        next: "run airpin device add NAME, and put the new token into the device's image",
    },
    TOKEN_REVOKED: {
        http: 403,
        what: "The token of this device was revoked.",
        next: "run airpin device add NAME, and put the new token into the device's image",
    },
    DEVICE_LIMIT: {
        http: 429,
        what: "A device has started or sent more than a device may in one day (UTC).",
        next: "check the device: its power fails again and again, or something else uses its token",
    },

    BATCH_TOO_LONG: {
        http: 413,
        what: "The batch has more readings than one request may have.",
        next: "send fewer readings per request",
    },
    COLUMNS_MISSING: { http: 422, what: "The batch has no quantity.", next: "send at least one quantity" },
    COLUMNS_DIFFER: {
        http: 422,
        what: "The columns of the batch differ in length.",
        next: "send one value per reading in each column",
    },
    TIME_OR_AGE: { http: 422, what: "The batch has neither time nor age.", next: "send one of them" },
    TIME_OUT_OF_RANGE: {
        http: 422,
        what: "The time of a reading is too early, or in the future.",
        next: "check the device's clock and the server's",
    },
    DEVICE_CLOCK_WRONG: {
        http: 409,
        what: "The device's clock differs from the server's; nothing was stored.",
        next: "set the clock by the Date of the response, and send the batch again",
    },
    SERVER_CLOCK_WRONG: {
        http: 503,
        what: "The clock of the server seems to be wrong, so nothing is stored: devices keep their readings.",
        next: "set the server's clock (timedatectl shows whether NTP does); if it is right, restart with airpin serve --trust-clock",
    },
    VALUE_OUT_OF_RANGE: {
        http: 422,
        what: "A value of the batch is out of the range of its quantity.",
        next: SEE_OPENAPI,
    },

    AFTER_INVALID: {
        http: 400,
        what: "The parameter after is not a position in the readings.",
        next: "pass the `next` of the previous page",
    },
    COLUMN_UNKNOWN: {
        http: 400,
        what: "The parameter columns names an unknown column, or one twice.",
        next: SEE_OPENAPI,
    },
    ZONE_UNKNOWN: {
        http: 400,
        what: "The parameter zone is not a time zone.",
        next: "write a name of the IANA database, as Europe/Berlin, or UTC",
    },
    RANGE_REVERSED: { http: 400, what: "The parameter from is later than to.", next: "swap from and to" },
    RANGE_TOO_LONG: {
        http: 400,
        what: "The range has more rows than one reply may have.",
        next: "ask for a longer step or a shorter range",
    },
    STEP_INVALID: {
        http: 400,
        what: "The parameter step is not a whole number of seconds in its range.",
        next: SEE_OPENAPI,
    },
    TIME_UNREADABLE: {
        http: 400,
        what: "A time is not in a known form.",
        next: "write 2015-02-02T14:20:05Z, 2015-02-02 or Unix seconds; a + in a query is written %2B",
    },

    READS_BUSY: {
        http: 503,
        what: "The server has as many reads to do as it takes at once.",
        next: "ask again after Retry-After, for less at a time",
    },

    DEVICE_UNKNOWN: {
        exit: 1,
        http: 404,
        what: "There is no device with this id.",
        next: "see `airpin device list`",
    },
    DEVICE_EXISTS: { exit: 1, http: 409, what: "There is a device with this id already.", next: "choose another id" },
    DEVICE_REVOKED: {
        exit: 1,
        http: 409,
        what: "The token of the device was revoked, so it will never ask for its settings.",
        next: "choose another device: airpin device list",
    },
    DEVICE_ID_INVALID: {
        exit: 2,
        what: "A text cannot be a device id.",
        next: "use 1 to 32 of a-z, 0-9 and -, without - at either end",
    },
    DEVICE_NAME_INVALID: { exit: 2, what: "A text cannot be a device name.", next: "use 1 to 64 printable characters" },
    SETTING_MALFORMED: {
        exit: 2,
        what: "A setting is not of the form KEY=VALUE.",
        next: "write KEY=VALUE, for example INTERVAL_S=30",
    },
    SETTING_UNKNOWN: {
        exit: 2,
        http: 422,
        what: "A device has no such remote setting.",
        next: "choose one that airpin device set --help lists",
    },
    SETTING_TWICE: { exit: 2, what: "A setting is given twice.", next: "name each setting once" },
    SETTING_OUT_OF_RANGE: {
        exit: 2,
        http: 422,
        what: "The value of a setting is out of its range.",
        next: "give a whole number in the range of the message",
    },
    SETTINGS_TOO_LONG: {
        exit: 2,
        http: 422,
        what: "The settings for a device are longer than what it keeps of a response.",
        next: "set fewer at a time: the next ones once the device has applied these",
    },
    RECALIBRATION_REFUSED: {
        http: 409,
        what: "The device would refuse to be recalibrated now, or to this value.",
        next: "see the conditions of the message; a larger step needs the button at the device",
    },

    DATABASE_MISSING: {
        exit: 1,
        what: "There is no database of airpin serve at this path.",
        next: "run the command in the folder where airpin serve runs, or name its database with --db FILE (airpin db move: --from FILE)",
    },
    STORE_UNOPENED: {
        exit: 1,
        http: 500,
        what: "The database file cannot be opened.",
        next: "check that its folder exists and may be written",
    },
    STORE_NOT_A_DATABASE: {
        exit: 1,
        http: 500,
        what: "The file is not an SQLite database.",
        next: "name another file",
    },
    STORE_VERSION: {
        exit: 1,
        http: 500,
        what: "The database was written by another version of airpin.",
        next: "use the airpin that wrote it, or name another file",
    },
    STORE_BUSY: {
        exit: 1,
        http: 503,
        what: "Another process is writing to the database.",
        next: "try again in a few seconds",
    },
    STORE_FULL: { exit: 1, http: 503, what: "The database or its disk is full.", next: "free space on the disk" },
    STORE_DISK_FAILED: {
        exit: 1,
        http: 503,
        what: "The disk of the database is read-only or damaged.",
        next: "see dmesg for the reason, repair the disk or mount it for writing, and restart airpin",
    },
    STORE_FAILED: {
        exit: 1,
        http: 500,
        what: "The database failed for another reason.",
        next: "check the disk; the message has the error of SQLite",
    },
} satisfies Record<string, ErrorRow>
