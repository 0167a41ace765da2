/** What each post tells of the device itself (`Status` of `reading.ts`), as far as the batch leaves room: the readings go first. */
import { OwnBoot } from "../outbox/boot"
import { Outbox } from "../outbox/outbox"
import { Sensor } from "../sensors/sensor"
import { Post } from "./post"
import { Standing } from "./standing"
import { Word } from "./word"

export interface StatusSources {
    boot: OwnBoot
    outbox: Outbox
    sensors: Sensor[]
    standing: Standing
    word: Word
}

export class StatusTeller {
    constructor(private readonly of: StatusSources) {}

    /**
     * @param count readings in the post
     * @param nowS uptime, whole seconds
     */
    put(post: Post, count: number, nowS: number) {
        const { why } = this.of.boot
        if (!post.offer(`,"status":{"up":${nowS}${why ? `,"why":"${why}"` : ""}`)) return
        this.putReceipt(post)
        this.putStanding(post, nowS)
        this.putWaiting(post, count)
        this.putSensors(post)
        post.close()
    }

    /** It must be known whether there was room for it. */
    private putReceipt(post: Post) {
        const { word } = this.of
        const receipt = word.untold()
        word.tell(receipt !== undefined && post.offer(`,"settings":${receipt}`))
    }

    private putStanding(post: Post, nowS: number) {
        const { handshakes, refused, refusedAtS, failures, trouble } = this.of.standing
        post.offer(countText("handshakes", handshakes))
        if (refused > 0) post.offer(`${countText("refused", refused)},"refusedAge":${nowS - refusedAtS}`)
        if (trouble) post.offer(`${countText("failures", failures)},"trouble":"${trouble}"`)
    }

    private putWaiting(post: Post, count: number) {
        const { outbox } = this.of
        const fromFlash = outbox.sendsFromFlash()
        post.offer(countText("ram", outbox.inRam() - (fromFlash ? 0 : count)))
        post.offer(countText("flash", outbox.inFlashOnly() - (fromFlash ? count : 0)))
    }

    private putSensors(post: Post) {
        let parts = 0
        for (const sensor of this.of.sensors)
            if (sensor.wasFound && post.offer(`${parts === 0 ? ',"sensors":{' : ","}"${sensor.name}":{${partText(sensor).slice(1)}}`)) parts++
        if (parts > 0) post.close()
    }
}

function partText(sensor: Sensor): string {
    let text = sensor.state === "ready" ? "" : `,"state":"${sensor.state}"`
    text += countText("nack", sensor.errors("nack")) + countText("crc", sensor.errors("crc"))
    text += countText("stale", sensor.errors("stale")) + countText("range", sensor.errors("range"))
    if (sensor.passed === false) text += ',"unfit":true'
    if (sensor.recalibrated !== undefined) text += `,"recalibrated":${sensor.recalibrated}`
    return text
}

/** `,"name":count`; nothing for 0. */
function countText(name: string, count: number): string {
    return count > 0 ? `,"${name}":${count}` : ""
}
