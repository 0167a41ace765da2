/** Says in plain words what is wrong with the certificate that `airpin renew` looks after. */
import { DateTime } from "luxon"
import type { EdgeChain, EdgeHeldBack, EdgeStatus } from "../../../certs/edge-status.ts"
import { durationText } from "../terms.ts"

/** Devices that a text names. */
const MAX_NAMED = 3

/** `airpin renew` runs twice a day at least. */
const MAX_ROUND_AGE_S = 2 * 86_400

/** A certificate is renewed when a third of its life is left, or half of a short one. */
const MIN_LIFE_LEFT = 0.2

export interface EdgeNotice {
    /** somebody has to act */
    needsAction: boolean
    text: string
}

/**
 * @param nowS Unix seconds
 * @param zone of dates in the text
 */
export function edgeNotice(status: EdgeStatus, nowS: number, zone = "utc"): EdgeNotice {
    const text = problemOf(status, nowS)
    if (text !== undefined) return { needsAction: true, text }
    const until = status.live && DateTime.fromISO(status.live.notAfter, { zone }).setLocale("en-GB")
    const end = until === undefined ? "" : `, and valid until ${until.toFormat("d MMMM yyyy")}`
    return { needsAction: false, text: `The certificate for ${status.names.join(", ")} is renewed as it should${end}` }
}

/** The worst problem; undefined if there is none. */
function problemOf(status: EdgeStatus, nowS: number): string | undefined {
    const refusing = status.devices.filter(({ stand }) => stand === "refuses")
    if (refusing.length > 0) {
        const many = refusing.length > 1
        const act = `They get in again with the certificate before it, or with new pins: airpin renew --status`
        const one = `It gets in again with the certificate before it, or with new pins: airpin renew --status`
        return `${namesText(refusing, refusing.length)} ${many ? "refuse" : "refuses"} the certificate in use. ${many ? act : one}`
    }
    const [heldBack] = status.heldBack
    if (heldBack) return heldBackText(heldBack, status, nowS)
    return endText(status, nowS) ?? roundText(status, nowS)
}

function heldBackText(heldBack: EdgeHeldBack, { live, devices }: EdgeStatus, nowS: number): string {
    const names = namesText(heldBack.devices, heldBack.count)
    const unknown = devices.filter(({ stand }) => stand === "unknown").map(({ id }) => id)
    const isUnknown = heldBack.devices.every(({ id }) => unknown.includes(id))
    const what = isUnknown ? `might lock out ${names}, whose pins are not known` : `would lock out ${names}`
    return `The new certificate ${what}: not used. ${presentText(live, nowS)}`
}

function presentText(live: EdgeChain | undefined, nowS: number): string {
    if (live === undefined) return "There is none in use"
    const leftS = Math.floor(Date.parse(live.notAfter) / 1000) - nowS
    if (leftS < 0) return `The present one ended ${durationText(-leftS)} ago`
    return `The present one is good for ${durationText(leftS).replace(" ", " more ")}`
}

function endText({ live, names, errors }: EdgeStatus, nowS: number): string | undefined {
    const [latest] = errors
    if (live === undefined) return latest && `There is no certificate for ${names.join(", ")} yet: ${latest.message}`
    const [begin, end] = [live.notBefore, live.notAfter].map(time => Date.parse(time) / 1000)
    if (begin === undefined || end === undefined) return undefined
    const leftS = Math.floor(end - nowS)
    if (leftS >= MIN_LIFE_LEFT * (end - begin)) return undefined
    const when = leftS < 0 ? `ended ${durationText(-leftS)} ago` : `ends in ${durationText(leftS)}`
    return `The certificate for ${names.join(", ")} ${when} and was not renewed${latest ? `: ${latest.message}` : ""}`
}

function roundText({ at }: EdgeStatus, nowS: number): string | undefined {
    const ageS = nowS - Math.floor(Date.parse(at) / 1000)
    if (ageS <= MAX_ROUND_AGE_S) return undefined
    return `airpin renew has not run for ${durationText(ageS)}, so the certificate is not renewed: check its timer`
}

/** "kitchen, gym, hall and 4 more" */
function namesText(devices: { name: string }[], count: number): string {
    const named = devices.slice(0, MAX_NAMED).map(({ name }) => name)
    const more = count - named.length
    return named.join(", ") + (more > 0 ? ` and ${more} more` : "")
}
