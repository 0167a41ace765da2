/** The firmware: which parts it has and how they are joined. */
import { connectBus } from "./bus"
import { Config, FIRMWARE_VERSION, readConfig } from "./config"
import { decimalText } from "./decimal"
import { keepRunning, runOnce } from "./fiber"
import { keepSecret, say } from "./log"
import { bootId, newBoot } from "./outbox/boot"
import { Outbox } from "./outbox/outbox"
import { quantities } from "./reading"
import { Sampler } from "./sampler"
import { Attendant } from "./sensors/detect"
import { Scd4x } from "./sensors/scd4x"
import { Sensor } from "./sensors/sensor"
import { Sgp30 } from "./sensors/sgp30"
import { ServerClock } from "./uplink/clock"
import { Uplink } from "./uplink/uplink"

async function start() {
    connectBus()
    const config = await readConfig()
    if (config.server) keepSecret(config.server.token)
    const boot = await newBoot()
    say(`boot id=${bootId(boot)} interval=${config.intervalS} batch=${config.batch} version=${FIRMWARE_VERSION}`)
    const sampler = new Sampler(config.intervalS)
    const clock = new ServerClock()
    const outbox = new Outbox(boot, config.intervalS, clock)
    const uplink = newUplink(config, outbox, clock)
    keepRunning("sampler", async () => await sampler.run((endS, values) => takeInterval(outbox, uplink, endS, values)))
    attend(new Scd4x(), sampler)
    attend(new Sgp30(), sampler)
    if (uplink) await deliver(outbox, uplink)
}

/** undefined without a server: then the outbox keeps the newest readings */
function newUplink(config: Config, outbox: Outbox, clock: ServerClock): Uplink {
    const { server, batch, intervalS } = config
    if (!server) {
        say(`uplink state=unconfigured reason=${config.missing}`)
        return undefined
    }
    return new Uplink({ server, outbox, clock, batch, intervalS })
}

/** What former boots left goes first, so flash is read before. */
async function deliver(outbox: Outbox, uplink: Uplink) {
    await outbox.open()
    keepRunning("uplink", async () => await uplink.run())
}

function attend(sensor: Sensor, sampler: Sampler) {
    const attendant = new Attendant(sensor, sample => sampler.add(sample))
    keepRunning(sensor.name, async () => await attendant.attend())
}

function takeInterval(outbox: Outbox, uplink: Uplink, endS: number, values: number[]) {
    if (values) keepReading(outbox, endS, values)
    if (uplink) uplink.wake()
}

function keepReading(outbox: Outbox, endS: number, values: number[]) {
    const seq = outbox.push(endS, values)
    const words = [`reading seq=${seq} end=${endS}`]
    for (let i = 0; i < quantities.length; i++)
        if (values[i] !== undefined) words.push(`${quantities[i].name}=${decimalText(values[i], quantities[i].decimals)}`)
    say(words.join(" "))
}

runOnce("start", start)
