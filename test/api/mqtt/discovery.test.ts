import assert from "node:assert/strict"
import { AirpinError } from "../../../certs/error.ts"
import { deviceTopics, discoveryOf, stateOf } from "../../../devs/api/mqtt/discovery.ts"
import { mqttSettings } from "../../../devs/api/mqtt/settings.ts"

const topics = { base: "airpin", discovery: "homeassistant" }

describe("MQTT discovery", () => {
    it("describes a device with all its quantities in one message, as Home Assistant documents it", () => {
        const payload = discoveryOf(topics, {
            id: "room-103",
            name: "Room 103",
            quantities: ["co2Ppm", "tvocPpb", "temperatureC", "humidityRh"],
            expireAfterS: 900,
        })
        const sensor = (
            id: string,
            name: string,
            device_class: string,
            unit_of_measurement: string,
            digits: number,
        ) => ({
            platform: "sensor",
            unique_id: `airpin-room-103-${id}`,
            name,
            device_class,
            unit_of_measurement,
            state_class: "measurement",
            suggested_display_precision: digits,
            value_template: `{{ value_json.${id} }}`,
            expire_after: 900,
        })
        assert.deepEqual(payload, {
            device: { identifiers: ["airpin-room-103"], name: "Room 103", manufacturer: "airpin" },
            origin: { name: "airpin" },
            components: {
                co2Ppm: sensor("co2Ppm", "CO2", "carbon_dioxide", "ppm", 0),
                tvocPpb: sensor("tvocPpb", "TVOC", "volatile_organic_compounds_parts", "ppb", 0),
                temperatureC: sensor("temperatureC", "Temperature", "temperature", "°C", 1),
                humidityRh: sensor("humidityRh", "Humidity", "humidity", "%", 0),
            },
            state_topic: "airpin/room-103/state",
            availability: [{ topic: "airpin/status" }, { topic: "airpin/room-103/availability" }],
            availability_mode: "all",
            qos: 1,
        })
    })

    it("has one topic per device, also below a base of several levels", () => {
        assert.deepEqual(deviceTopics({ base: "school/air", discovery: "ha" }, "room-103"), {
            config: "ha/device/school_air-room-103/config",
            state: "school/air/room-103/state",
            availability: "school/air/room-103/availability",
        })
    })

    it("gives the values in their units, and null for what was not measured", () => {
        const values = { co2Ppm: 812, eco2Ppm: null, tvocPpb: null, temperatureC: 21.37, humidityRh: 40.5 }
        assert.deepEqual(stateOf(1_736_942_400, values), { time: "2025-01-15T12:00:00.000Z", ...values })
    })
})

describe("the settings of MQTT", () => {
    const refusal = (variables: Record<string, string>) => {
        try {
            mqttSettings(variables)
        } catch (error) {
            assert.ok(error instanceof AirpinError && error.code === "ENVIRONMENT_INVALID")
            return error.message
        }
        return "nothing is refused"
    }

    it("publish nothing without MQTT_URL", () => {
        assert.equal(mqttSettings({ MQTT_TOPIC: "air" }), undefined)
    })

    it("take user and password from the URL, and the standard ports", () => {
        const settings = mqttSettings({ MQTT_URL: "mqtts://air:p%40ss@broker.example" })
        assert.deepEqual(
            [settings?.port, settings?.isTls, settings?.login],
            [8883, true, { user: "air", pass: "p@ss" }],
        )
        assert.equal(mqttSettings({ MQTT_URL: "mqtt://localhost" })?.port, 1883)
    })

    it("send no password in the clear to another machine unless told to", () => {
        const url = { MQTT_URL: "mqtt://air:sekret@broker.example" }
        assert.match(refusal(url), /^MQTT_URL: mqtt:\/\/ would send the password to broker.example in the clear/)
        assert.doesNotMatch(refusal(url), /sekret/)
        assert.match(refusal({ ...url, MQTT_ALLOW_PLAIN: "no" }), /^MQTT_URL: /)
        assert.equal(mqttSettings({ ...url, MQTT_ALLOW_PLAIN: "yes" })?.isTls, false)
        assert.equal(mqttSettings({ MQTT_URL: "mqtt://broker.example" })?.isTls, false)
        assert.equal(mqttSettings({ MQTT_URL: "mqtt://air:sekret@127.0.0.1" })?.isTls, false)
    })

    it("refuse what is wrong by its name", () => {
        assert.match(
            refusal({ MQTT_URL: "http://broker.example" }),
            /^MQTT_URL: it is not a URL that begins with mqtt:/,
        )
        assert.match(
            refusal({ MQTT_URL: "mqtt://localhost", MQTT_TOPIC: "air/#" }),
            /^MQTT_TOPIC: "air\/#" is not a topic/,
        )
        assert.match(refusal({ MQTT_URL: "mqtt://air:%zz@localhost" }), /^MQTT_URL: a % in its user or password/)
        const plain = { MQTT_URL: "mqtt://air:x@broker.example", MQTT_ALLOW_PLAIN: "true" }
        assert.match(refusal(plain), /^MQTT_ALLOW_PLAIN: "true" is neither yes nor no/)
    })
})
