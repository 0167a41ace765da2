/**
 * What Home Assistant needs to show a device: MQTT discovery of a device with all its entities in one message
 * (home-assistant.io/integrations/mqtt/#device-discovery-payload, since 2024.11).
 */
import type { Quantity } from "../../../src/wire.ts"
import type { QuantityName, QuantityValues } from "../store/records.ts"
import { quantityTerms } from "../terms.ts"

export interface Topics {
    /** first level of everything but discovery: "airpin" */
    base: string
    /** first level of discovery, as set in Home Assistant: "homeassistant" */
    discovery: string
}

/** A device as Home Assistant is to show it. */
export interface PublishedDevice {
    id: string
    name: string
    /** quantities that it measures */
    quantities: QuantityName[]
    /** seconds without a new state after which a value is no longer shown */
    expireAfterS: number
}

/** Device classes with the units that Home Assistant allows for them (sensor/const.py, DEVICE_CLASS_UNITS). */
const classes: Record<Quantity["name"], { device_class: string; unit_of_measurement: string; precision: number }> = {
    co2Ppm: { device_class: "carbon_dioxide", unit_of_measurement: "ppm", precision: 0 },
    eco2Ppm: { device_class: "carbon_dioxide", unit_of_measurement: "ppm", precision: 0 },
    tvocPpb: { device_class: "volatile_organic_compounds_parts", unit_of_measurement: "ppb", precision: 0 },
    temperatureC: { device_class: "temperature", unit_of_measurement: "°C", precision: 1 },
    humidityRh: { device_class: "humidity", unit_of_measurement: "%", precision: 0 },
}

/** Retained; "online" as long as this server publishes, "offline" by its last will. */
export const serverTopic = ({ base }: Topics) => `${base}/status`

/** Topics of a device, all retained: its discovery, its latest values as JSON, and whether it posts. */
export function deviceTopics({ base, discovery }: Topics, id: string) {
    return {
        config: `${discovery}/device/${objectId(base, id)}/config`,
        state: `${base}/${id}/state`,
        availability: `${base}/${id}/availability`,
    }
}

/** Of discovery topics: letters, digits, _ and -. Device ids have no others. */
const objectId = (base: string, id: string) => `${base.replaceAll(/[^a-zA-Z0-9_-]/g, "_")}-${id}`

export function discoveryOf(topics: Topics, device: PublishedDevice): object {
    const { id, name, quantities, expireAfterS } = device
    const own = objectId(topics.base, id)
    const { state, availability } = deviceTopics(topics, id)
    const sensor = (quantity: QuantityName) => {
        const { precision, ...unit } = classes[quantity]
        return {
            platform: "sensor",
            unique_id: `${own}-${quantity}`,
            name: quantityTerms[quantity].label,
            ...unit,
            state_class: "measurement",
            suggested_display_precision: precision,
            value_template: `{{ value_json.${quantity} }}`,
            expire_after: expireAfterS,
        }
    }
    return {
        device: { identifiers: [own], name, manufacturer: "airpin" },
        origin: { name: "airpin" },
        components: Object.fromEntries(quantities.map(quantity => [quantity, sensor(quantity)])),
        state_topic: state,
        availability: [{ topic: serverTopic(topics) }, { topic: availability }],
        availability_mode: "all",
        qos: 1,
    }
}

/** The latest reading; Home Assistant shows null as unknown. @param time end of its interval, Unix seconds */
export function stateOf(time: number, values: QuantityValues): object {
    return { time: new Date(time * 1000).toISOString(), ...values }
}
