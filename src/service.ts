/**
 * Requests to a Jacdac service of the chip itself. A service announces itself
 * twice a second and the runtime starts a fiber for each packet, which would be
 * half of the program's work. So a client listens (`_onPacket`) only while it
 * waits for a response.
 */
import * as ds from "@devicescript/core"

/** Such a service usually responds within 20 ms. */
const RESPONSE_TIMEOUT_MS = 1000

/**
 * The service's next report after `send`; undefined if none arrives within 1 s.
 * `ds.actionReport` and `Register.read` have no timeout.
 */
export async function requestReport(service: ds.Role, send: () => Promise<void>): Promise<ds.Packet> {
    const fiber = ds.Fiber.self()
    let packet: ds.Packet
    const unsubscribe = service.report().subscribe(report => {
        packet = report
        if (fiber.suspended) fiber.resume(true)
    })
    delete service._onPacket
    await send()
    if (!packet) await ds.suspend(RESPONSE_TIMEOUT_MS)
    service._onPacket = undefined
    unsubscribe()
    return packet
}
