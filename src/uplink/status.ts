/** Appends the device's `Status` (`wire.ts`) to a post, as far as the readings leave space. */
import { OwnBoot } from "../boot/boot"
import { Outbox } from "../outbox/outbox"
import { Sensor } from "../sensors/sensor"
import { ConnectionState } from "./connection-state"
import { Post } from "./post"
import { RemoteSettings } from "./remote-settings"

/** What the status is read from. */
export interface StatusSource {
    readonly options: { boot: OwnBoot; outbox: Outbox; sensors: Sensor[] }
    readonly connectionState: ConnectionState
    readonly remoteSettings: RemoteSettings
    /** Wi-Fi signal, dBm; undefined while unknown */
    readonly rssi: number
}

/**
 * Appends the status to a post.
 *
 * @param count readings in the post
 * @param nowS uptime, whole seconds
 */
export function putStatus(post: Post, of: StatusSource, count: number, nowS: number) {
    const { boot, outbox, sensors } = of.options
    if (
        !post.offer(
            `,"status":{"uptimeS":${nowS}${boot.restartReason ? `,"restartReason":"${boot.restartReason}"` : ""}`,
        )
    )
        return
    putSettingsReport(post, of.remoteSettings)
    if (of.rssi !== undefined) post.offer(`,"rssi":${of.rssi}`)
    putConnection(post, of.connectionState, nowS)
    putWaiting(post, outbox, count)
    putSensors(post, sensors)
    post.close()
}

/** `RemoteSettings` must know whether its report fitted into the post. */
function putSettingsReport(post: Post, remoteSettings: RemoteSettings) {
    const report = remoteSettings.pendingReport()
    remoteSettings.setReported(report !== undefined && post.offer(`,"settings":${report}`))
}

function putConnection(
    post: Post,
    { handshakes, handshakeFailures, handshakeFailedAtS, failures, lastError }: ConnectionState,
    nowS: number,
) {
    post.offer(countText("handshakes", handshakes))
    if (handshakeFailures > 0)
        post.offer(
            `${countText("handshakeFailures", handshakeFailures)},"handshakeFailureAgeS":${nowS - handshakeFailedAtS}`,
        )
    if (lastError) post.offer(`${countText("failures", failures)},"lastError":"${lastError}"`)
}

function putWaiting(post: Post, outbox: Outbox, count: number) {
    const fromFlash = outbox.sendsFromFlash()
    post.offer(countText("ram", outbox.inRam() - (fromFlash ? 0 : count)))
    post.offer(countText("flash", outbox.inFlashOnly() - (fromFlash ? count : 0)))
}

function putSensors(post: Post, sensors: Sensor[]) {
    let parts = 0
    for (const sensor of sensors)
        if (
            sensor.wasFound &&
            post.offer(`${parts === 0 ? ',"sensors":{' : ","}"${sensor.name}":{${partText(sensor).slice(1)}}`)
        )
            parts++
    if (parts > 0) post.close()
}

function partText(sensor: Sensor): string {
    let text = sensor.state === "ready" ? "" : `,"state":"${sensor.state}"`
    text += countText("nack", sensor.errorCount("nack")) + countText("crc", sensor.errorCount("crc"))
    text += countText("stale", sensor.errorCount("stale")) + countText("range", sensor.errorCount("range"))
    if (sensor.selfTestPassed === false) text += ',"selfTestFailed":true'
    if (sensor.recalibrated !== undefined) text += `,"recalibrated":${sensor.recalibrated}`
    return text
}

/** `,"name":count`; nothing for 0. */
function countText(name: string, count: number): string {
    return count > 0 ? `,"${name}":${count}` : ""
}
