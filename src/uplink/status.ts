/** Appends the device's `Status` (`wire.ts`) to a post, as far as the readings leave space. */
import { OwnBoot } from "../boot/boot"
import { Outbox, PendingBatch } from "../outbox/outbox"
import { ErrorKind, Sensor } from "../sensors/sensor"
import { ConnectionState } from "./connection-state"
import { countText, Post } from "./post"
import { RemoteSettings } from "./remote-settings"

/** A status is repeated in this time though it has not changed. */
const REPEAT_S = 3 * 3600

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
    const start = post.end
    if (!post.offer(`,"status":{"uptimeS":${nowS}`)) return
    if (rssiDbm !== undefined) post.offer(`,"rssi":${rssiDbm}`)
    const { handshakeFailedAtS } = source.connectionState
    if (handshakeFailedAtS !== undefined) post.offer(`,"handshakeFailureAgeS":${nowS - handshakeFailedAtS}`)
    const steady = post.end
    if (boot.restartReason) post.offer(`,"restartReason":"${boot.restartReason}"`)
    putSettingsReport(post, source.remoteSettings)
    putConnection(post, source.connectionState)
    putWaiting(post, outbox, pending.fromFlash)
    putSensors(post, sensors)
    post.close()
    post.omitKnown(start, steady, Math.floor(nowS / REPEAT_S))
}

/** `RemoteSettings` must know whether its report fitted into the post. */
function putSettingsReport(post: Post, remoteSettings: RemoteSettings) {
    const report = remoteSettings.pendingReport()
    remoteSettings.setReported(report !== undefined && post.offer(`,"settings":${report}`))
}

function putConnection(post: Post, { handshakes, handshakeFailures, failures, lastError }: ConnectionState) {
    post.offerCount("handshakes", handshakes)
    post.offerCount("handshakeFailures", handshakeFailures)
    if (lastError) post.offer(`${countText("failures", failures)},"lastError":"${lastError}"`)
}

function putWaiting(post: Post, outbox: Outbox, fromFlash: boolean) {
    post.offerCount("ram", outbox.inRam() - (fromFlash ? 0 : post.count))
    post.offerCount("flash", outbox.inFlashOnly() - (fromFlash ? post.count : 0))
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
    for (const error of "nack crc stale range".split(" "))
        text += countText(error, sensor.errorCount(error as ErrorKind))
    if (sensor.selfTestPassed === false) text += ',"selfTestFailed":true'
    const { recalibrated } = sensor
    if (recalibrated !== undefined) text += `,"recalibrated":${JSON.stringify(recalibrated)}`
    return text
}
