/** Settings of MQTT from the service's environment; README.md lists them. */
import { Environment, isLoopbackHost, loginOf, refused, type Variables } from "../environment.ts"
import type { Topics } from "./discovery.ts"

const ports = { "mqtt:": 1883, "mqtts:": 8883 }

export interface MqttSettings {
    host: string
    port: number
    isTls: boolean
    login: { user: string; pass: string } | undefined
    /** certificates to trust, PEM; those of Node.js when absent */
    ca: string[] | undefined
    topics: Topics
}

/**
 * @returns undefined without MQTT_URL
 * @throws AirpinError ENVIRONMENT_INVALID
 */
export function mqttSettings(variables: Variables): MqttSettings | undefined {
    const environment = new Environment(variables)
    const url = environment.url("MQTT_URL", ["mqtt", "mqtts"])
    if (url === undefined) return undefined
    const isTls = url.protocol === "mqtts:"
    const login = loginOf("MQTT_URL", url)
    if (!isTls && !isLoopbackHost(url.hostname) && login !== undefined && !environment.isYes("MQTT_ALLOW_PLAIN"))
        throw refused(
            "MQTT_URL",
            `mqtt:// would send the password to ${url.hostname} in the clear; use mqtts://, or set MQTT_ALLOW_PLAIN=yes`,
        )
    return {
        host: url.hostname.replace(/^\[|\]$/g, ""),
        port: url.port === "" ? ports[isTls ? "mqtts:" : "mqtt:"] : Number(url.port),
        isTls,
        login,
        ca: environment.trustedCertificates("MQTT_CA_FILE"),
        topics: {
            base: topicOf(environment, "MQTT_TOPIC", "airpin"),
            discovery: topicOf(environment, "MQTT_DISCOVERY_TOPIC", "homeassistant"),
        },
    }
}

/** A topic without wildcards (MQTT 3.1.1 section 4.7). */
function topicOf(environment: Environment, name: string, otherwise: string): string {
    const topic = environment.text(name) ?? otherwise
    if (/^[\w-]{1,64}(\/[\w-]{1,64}){0,4}$/.test(topic)) return topic
    throw refused(name, `"${topic}" is not a topic of letters, digits, _ and -, with / between its levels`)
}
