/** Appends the device's `Status` (`wire.ts`) to a post, as far as the readings leave space. */
import { OwnBoot } from "../boot/boot"
import { Outbox, PendingBatch } from "../outbox/outbox"
import { Sensor } from "../sensors/sensor"
import { ConnectionState } from "./connection-state"
import { Post } from "./post"
import { RemoteSettings } from "./remote-settings"

/** What the status is read from. */
export interface StatusSource {
    readonly options: { boot: OwnBoot; outbox: Outbox; sensors: Sensor[] }
    readonly connectionState: ConnectionState
    readonly remoteSettings: RemoteSettings
}

/**
 * Appends the status to a post.
 *
 * @param pending what the post was encoded from
 * @param nowS uptime, whole seconds
 * @param rssiDbm Wi-Fi signal; undefined while unknown
 */
export function putStatus(post: Post, source: StatusSource, pending: PendingBatch, nowS: number, rssiDbm: number) {
    const { boot, outbox, sensors } = source.options
    if (
        !post.offer(
            `,"status":{"uptimeS":${nowS}${boot.restartReason ? `,"restartReason":"${boot.restartReason}"` : ""}`,
        )
    )
        return
    putSettingsReport(post, source.remoteSettings)
    if (rssiDbm !== undefined) post.offer(`,"rssi":${rssiDbm}`)
    putConnection(post, source.connectionState, nowS)
    putWaiting(post, outbox, pending.fromFlash)
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

function putWaiting(post: Post, outbox: Outbox, fromFlash: boolean) {
    post.offer(countText("ram", outbox.inRam() - (fromFlash ? 0 : post.count)))
    post.offer(countText("flash", outbox.inFlashOnly() - (fromFlash ? post.count : 0)))
}

function putSensors(post: Post, sensors: Sensor[]) {
    let parts = 0
    for (const sensor of sensors)
        if (
            sensor.wasFound &&
            post.offer(`${parts === 0 ? ',"sensors":{' : ","}"${sensor.name}":{${sensorText(sensor).slice(1)}}`)
        )
            parts++
    if (parts > 0) post.close()
}

function sensorText(sensor: Sensor): string {
    let text = sensor.state === "ready" ? "" : `,"state":"${sensor.state}"`
    text += countText("nack", sensor.errorCount("nack")) + countText("crc", sensor.errorCount("crc"))
    text += countText("stale", sensor.errorCount("stale")) + countText("range", sensor.errorCount("range"))
    if (sensor.selfTestPassed === false) text += ',"selfTestFailed":true'
    const { recalibrated } = sensor
    if (recalibrated !== undefined)
        text += `,"recalibrated":${typeof recalibrated === "string" ? `"${recalibrated}"` : recalibrated}`
    return text
}

/** `,"name":count`; nothing for 0. */
function countText(name: string, count: number): string {
    return count > 0 ? `,"${name}":${count}` : ""
}
