/** Error codes of alerts, of MQTT, and of the settings in the service's environment. */
import type { ErrorRow } from "./row.ts"

export const alertErrors = {
    ENVIRONMENT_INVALID: {
        exit: 2,
        what: "A variable in the environment of the service has a wrong value.",
        next: "correct it where the service gets its environment; devs/api/alerts/README.md lists the variables",
    },
    ALERT_CHANNEL_MISSING: {
        exit: 2,
        what: "No channel for alerts is set.",
        next: "set ALERT_WEBHOOK_URL, ALERT_NTFY_URL or ALERT_SMTP_URL, or name the file that has them with --env",
    },
    ALERT_UNDELIVERED: {
        exit: 1,
        what: "A channel did not accept an alert.",
        next: "check the address, the token or password, and the certificate of the receiver",
    },
    ALERT_UNKNOWN: { exit: 1, what: "There is no open alert with this id.", next: "see airpin alert list" },
} satisfies Record<string, ErrorRow>
