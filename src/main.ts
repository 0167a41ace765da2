/** The firmware: which parts it has and how they are joined. */
import { connectBus } from "./bus"
import { Config, FIRMWARE_VERSION, readConfig } from "./config"
import { decimalText } from "./decimal"
import { keepRunning, runOnce } from "./fiber"
import { keepSecret, say } from "./log"
import { newBootId } from "./outbox/boot"
import { Ring } from "./outbox/ring"
import { quantities } from "./reading"
import { Sampler } from "./sampler"
import { Attendant } from "./sensors/detect"
import { Scd4x } from "./sensors/scd4x"
import { Sensor } from "./sensors/sensor"
import { Sgp30 } from "./sensors/sgp30"
import { Uplink } from "./uplink/uplink"

async function start() {
    connectBus()
    const config = await readConfig()
    if (config.server) keepSecret(config.server.token)
    const bootId = await newBootId()
    say(`boot id=${bootId} interval=${config.intervalS} batch=${config.batch} version=${FIRMWARE_VERSION}`)
    const ring = new Ring()
    const sampler = new Sampler(config.intervalS)
    const uplink = startUplink(config, ring, bootId)
    keepRunning("sampler", async () => await sampler.run((endS, values) => takeInterval(ring, uplink, endS, values)))
    attend(new Scd4x(), sampler)
    attend(new Sgp30(), sampler)
}

/** undefined without a server: then the outbox keeps the newest readings */
function startUplink(config: Config, ring: Ring, bootId: string): Uplink {
    const { server, batch, intervalS } = config
    if (!server) {
        say(`uplink state=unconfigured reason=${config.missing}`)
        return undefined
    }
    const uplink = new Uplink({ server, bootId, ring, batch, intervalS })
    keepRunning("uplink", async () => await uplink.run())
    return uplink
}

function attend(sensor: Sensor, sampler: Sampler) {
    const attendant = new Attendant(sensor, sample => sampler.add(sample))
    keepRunning(sensor.name, async () => await attendant.attend())
}

function takeInterval(ring: Ring, uplink: Uplink, endS: number, values: number[]) {
    if (values) keepReading(ring, endS, values)
    if (uplink) uplink.wake()
}

function keepReading(ring: Ring, endS: number, values: number[]) {
    const lost = ring.lost
    const seq = ring.push(endS, values)
    const words = [`reading seq=${seq} end=${endS}`]
    for (let i = 0; i < quantities.length; i++)
        if (values[i] !== undefined) words.push(`${quantities[i].name}=${decimalText(values[i], quantities[i].decimals)}`)
    say(words.join(" "))
    if (ring.lost > lost) say(`lost total=${ring.lost}`)
}

runOnce("start", start)
