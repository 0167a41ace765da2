/**
 * Asks a service of the chip itself. Such a service announces itself twice a
 * second, and the runtime starts a fiber for each of its packets: half of all
 * the program's work. So a client hears them (`_onPacket`) only while it waits.
 */
import * as ds from "@devicescript/core"

/** It answers within 20 ms. */
const ANSWER_WITHIN_MS = 1000

/**
 * What the service reports next after `send`; undefined when that does not come.
 * `ds.actionReport` and `Register.read` wait without a bound.
 */
export async function requestReport(service: ds.Role, send: () => Promise<void>): Promise<ds.Packet> {
    const fiber = ds.Fiber.self()
    let packet: ds.Packet
    const forget = service.report().subscribe(report => {
        packet = report
        if (fiber.suspended) fiber.resume(true)
    })
    delete service._onPacket
    await send()
    if (!packet) await ds.suspend(ANSWER_WITHIN_MS)
    service._onPacket = undefined
    forget()
    return packet
}
