/** Error codes of alerts, of MQTT, and of the settings in the service's environment. */
import type { ErrorRow } from "./row.ts"

export const alertErrors = {
    ENVIRONMENT_INVALID: {
        exit: 2,
        what: "A variable in the environment of the service has a wrong value.",
        next: "correct it where the service gets its environment; devs/api/alerts/README.md lists the variables",
    },
    ALERT_UNDELIVERED: {
        exit: 1,
        what: "A channel did not accept an alert.",
        next: "check the address, the token or password, and the certificate of the receiver",
    },
} satisfies Record<string, ErrorRow>
