/**
 * Baseline for benchmarks of the firmware: the same sensor and readings, sent the
 * simple way, with the runtime's `fetch` and one post per reading. A DeviceScript
 * program; a reading that cannot be sent is lost.
 */
import { fetch } from "@devicescript/net"
import { readSetting } from "@devicescript/settings"
import { connectBus } from "../../src/bus"
import { runTasks } from "../../src/fiber"
import { Sampler } from "../../src/sampler"
import { Scd4x } from "../../src/sensors/scd4x"
import { QUANTITY_COUNT, quantityDecimals, quantityName } from "../../src/wire"

const DEFAULT_INTERVAL_S = 60

const url: string = await readSetting("API_URL")
const token: string = await readSetting("API_TOKEN")
// biome-ignore lint/correctness/useParseIntRadix: DeviceScript's parseInt has no radix
const intervalS = parseInt(await readSetting("INTERVAL_S", "" + DEFAULT_INTERVAL_S))
const boot = "fetch-" + Math.round(Math.random() * 1000000)
let seq = 0

connectBus()
const sampler = new Sampler(intervalS, (_endS, values) => {
    if (values) post.start(values)
})
runTasks("sampler", [sampler])
runTasks("scd4x", [new Scd4x(sampler, { altitudeM: 0, pressureHpa: 0, asc: 1, periodS: 5 })])

async function post(values: number[]) {
    const batch: { [name: string]: string | number | number[] } = { boot, seq: ++seq, age: 0, step: intervalS }
    for (let i = 0; i < QUANTITY_COUNT; i++)
        if (values[i] !== undefined) batch[quantityName(i)] = [values[i] / Math.pow(10, quantityDecimals(i))]
    console.log(`reading seq=${seq}`)
    try {
        const response = await fetch(`${url}/api/v1/readings`, {
            method: "POST",
            headers: { authorization: "Bearer " + token, "content-type": "application/json" },
            body: JSON.stringify(batch),
        })
        const ack = await response.json()
        console.log(`ack seq=${ack.ack}`)
    } catch (error) {
        console.log(`uplink state=broken reason=${(error as Error).name}`)
    }
}
