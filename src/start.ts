/** Composition root of the firmware: creates every part and connects them. Contains no logic of its own. */
import { logAirLevel, setAirThresholds } from "./air-level"
import { bootId, newBoot, OwnBoot, restart } from "./boot/boot"
import { ServerClock } from "./boot/server-clock"
import { connectBus } from "./bus"
import { Button, buttonPin } from "./button"
import { Config, FIRMWARE_VERSION, readConfig } from "./config"
import { decimalText } from "./decimal"
import { keepRunning, runOnce, runTasks, Task } from "./fiber"
import { log, setSecret } from "./log"
import { Outbox } from "./outbox/outbox"
import { Panel } from "./panel/panel"
import { Sampler } from "./sampler"
import { Co2Settings } from "./sensors/co2"
import { Scd4x } from "./sensors/scd4x"
import { Scd30 } from "./sensors/scd30"
import { Sensor } from "./sensors/sensor"
import { Sgp30 } from "./sensors/sgp30"
import { Sht3x } from "./sensors/sht3x"
import { Uplink } from "./uplink/uplink"
import { QUANTITY_COUNT, quantityDecimals, quantityName } from "./wire"

/** Number of the quantity CO2. */
const CO2 = 0
/**
 * Uptime at which the chip restarts if the uplink has not restarted it: fibers stop for ever at 49.7
 * days (2^32 ms).
 */
const LATEST_RESTART_S = 22 * 24 * 3600

/**
 * Starts the firmware.
 *
 * @param panel what shows the state to a person; undefined on boards without such parts
 */
export function start(panel?: Panel) {
    runOnce("start", async () => await startParts(panel))
}

async function startParts(panel: Panel) {
    connectBus()
    const config = await readConfig()
    if (panel) panel.begin(config)
    if (config.server) setSecret(config.server.token)
    const clock = new ServerClock()
    const boot = await newBoot(clock)
    log(
        `boot id=${bootId(boot)} reason=${boot.restartReason ?? "reset"} interval=${config.intervalS} batch=${config.batch} version=${FIRMWARE_VERSION}`,
    )
    const outbox = new Outbox(boot, config.intervalS, config.ramReadings, clock)
    const sensors: Sensor[] = []
    setAirThresholds(config.fairPpm, config.poorPpm)
    const uplink = newUplink(config, boot, outbox, clock, sensors)
    const parts = { boot, outbox, uplink, clock }
    startSensors(config.co2, newSampler(config.intervalS, parts), parts, sensors, panel)
    if (panel) panel.run({ config, sensors, ...parts })
    if (uplink) await deliver(outbox, uplink)
}

/** @returns undefined if no server is configured; the outbox then keeps the newest readings */
function newUplink(config: Config, boot: OwnBoot, outbox: Outbox, clock: ServerClock, sensors: Sensor[]): Uplink {
    const { server, batch, intervalS } = config
    if (!server) {
        log(`uplink state=unconfigured reason=${config.missing}`)
        return undefined
    }
    return new Uplink({ server, boot, outbox, sensors, clock, batch, intervalS })
}

/** Reads flash before the first post, because readings of previous boots are sent first. */
async function deliver(outbox: Outbox, uplink: Uplink) {
    await outbox.open()
    keepRunning("uplink", async () => await uplink.run())
}

/** A separate function, so that the callback's closure keeps only `parts` alive on the heap. */
function newSampler(intervalS: number, parts: Parts): Sampler {
    return new Sampler(intervalS, (endS, values) => handleInterval(parts, endS, values))
}

/**
 * Two fibers: the SGP30 must be measured once a second and an interval must end
 * on time, so slower parts run in a fiber of their own.
 */
function startSensors(co2: Co2Settings, sampler: Sampler, parts: Parts, sensors: Sensor[], panel: Panel) {
    const { uplink, clock } = parts
    const sink = panel ? panel.sink(sampler) : sampler
    sensors.push(new Sht3x(sink), new Scd4x(sink, co2), new Scd30(sink, co2))
    const slow: Task[] = sensors.slice(0)
    const pin = panel && panel.hasButtons ? undefined : buttonPin()
    if (pin) slow.push(new Button(pin, sensors))
    runTasks("slow", slow)
    const sgp30 = new Sgp30(sink, clock)
    sensors.push(sgp30)
    runTasks("timing-critical", uplink ? [sampler, sgp30, uplink.connectionState] : [sampler, sgp30])
}

interface Parts {
    boot: OwnBoot
    outbox: Outbox
    uplink: Uplink
    clock: ServerClock
}

function handleInterval({ boot, outbox, uplink, clock }: Parts, endS: number, values: number[]) {
    if (values) storeReading(outbox, endS, values)
    if (values) logAirLevel(values[CO2])
    if (uplink) uplink.wake()
    if (endS >= LATEST_RESTART_S) runOnce("restart", async () => await restart(boot, "uptime", clock))
}

function storeReading(outbox: Outbox, endS: number, values: number[]) {
    const seq = outbox.push(endS, values)
    const fields = [`reading seq=${seq} end=${endS}`]
    for (let i = 0; i < QUANTITY_COUNT; i++)
        if (values[i] !== undefined) fields.push(`${quantityName(i)}=${decimalText(values[i], quantityDecimals(i))}`)
    log(fields.join(" "))
}
