/** Judges from what is known now which alerts hold and which do not, in words that a teacher understands. */
import { DateTime } from "luxon"
import { type EdgeStatus, edgeDaysLeft } from "../../../certs/edge-status.ts"
import type { SensorStatus } from "../../../src/wire.ts"
import { silenceOf, type WatchedDevice } from "../device-watch.ts"
import { edgeNotice } from "../pins/edge-notice.ts"
import { sensorFault } from "../sensor-fault.ts"
import { durationText } from "../terms.ts"
import { type Co2AlertLimits, type Co2Reading, co2State } from "./co2.ts"
import type { Limits } from "./settings.ts"

const DAY_S = 86_400
const BYTES_A_MB = 1_000_000

/** Devices that are silent at the same time are one alert: their power or their Wi-Fi has failed. */
const MANY_SILENT = 5
/** Devices that its text names. */
const MAX_NAMED = 3

/** After a disk was low, it is low until it has this much more than the limit. */
const DISK_MARGIN = 1.2

export type AlertKind = "co2" | "silent" | "sensor" | "certificate" | "pin" | "disk" | "clock" | "edge"

/** The device that an alert is about. */
export interface AlertDevice {
    key: number
    id: string
    name: string
}

/** Limits of one device; null: those of the server. */
export type DeviceLimits = { [Name in "co2Ppm" | "co2Minutes" | "silentMinutes"]: number | null }

/** What is known about a device. */
export interface DeviceFacts extends WatchedDevice {
    limits: DeviceLimits
    /** from here the air of its room is poor, by the site */
    poorPpm: number
    /** the last CO2 readings in the order of time; empty if they have not changed since they were last judged */
    co2: Co2Reading[]
}

/** A certificate or a pin with its end. */
export interface Ending {
    subject: string
    endsAt: number
}

/** What is known about the server; undefined: not known, or not to be judged. */
export interface ServerFacts {
    nowS: number
    /** since when devices could post without interruption: nobody is silent before that */
    reachableSinceS: number
    /** zone of dates in texts */
    zone: string
    /** why the server's clock cannot be right */
    clockDoubt: string | undefined
    certificate: Ending | undefined
    /** empty: nothing is pinned here */
    pins: Ending[]
    disk: { freeBytes: number; totalBytes: number } | undefined
    /** what `airpin renew` reported last */
    edge: EdgeStatus | undefined
}

/** Whether an alert holds. Where nothing is known, there is no judgement, and an alert stays as it is. */
export interface Judgement {
    /** one alert at a time is open for a key */
    key: string
    kind: AlertKind
    device: AlertDevice | null
    holds: boolean
    text: string
    /** for programs: what the text says, in units of the names */
    values: Record<string, number | string>
}

/**
 * While the clock is in doubt, nothing is judged that depends on the time.
 *
 * @param ofDevices what `judgeDevice` returned for each device
 */
export function judge(server: ServerFacts, ofDevices: Judgement[], limits: Limits): Judgement[] {
    const always = [clock(server), ...disk(server, limits)]
    if (server.clockDoubt !== undefined) return always
    return [
        ...always,
        ...ending("certificate", server.certificate, server, limits),
        ...ending("pin", soonest(server.pins), server, limits),
        ...edge(server),
        ...together(ofDevices),
    ]
}

/** Replaces many silent devices by one alert. Those that have an alert of their own keep it until they post. */
function together(judgements: Judgement[]): Judgement[] {
    const silent = judgements.filter(({ kind, holds }) => kind === "silent" && holds)
    const holds = silent.length >= MANY_SILENT
    const names = silent.slice(0, MAX_NAMED).map(({ device }) => device?.name)
    const many = `${silent.length} devices send no readings: ${names.join(", ")}, …. Check their power and the Wi-Fi`
    const text = holds ? many : "Most devices send readings again"
    const values = { devices: silent.length }
    const all: Judgement = { key: "silent", kind: "silent", device: null, holds, text, values }
    return [...(holds ? judgements.filter(judgement => !silent.includes(judgement)) : judgements), all]
}

/** CO2, silence and sensors of one device. */
export function judgeDevice(device: DeviceFacts, server: ServerFacts, limits: Limits): Judgement[] {
    const own = {
        co2Ppm: device.limits.co2Ppm ?? limits.co2Ppm ?? device.poorPpm,
        co2Minutes: device.limits.co2Minutes ?? limits.co2Minutes,
        silentMinutes: device.limits.silentMinutes ?? limits.silentMinutes,
    }
    const maxPauseS = silenceOf(device, own.silentMinutes * 60)
    const sensors = Object.entries(device.sensors).flatMap(([name, sensor]) => judgeSensor(device, name, sensor))
    return [...co2(device, own, server, maxPauseS), ...silence(device, server, maxPauseS), ...sensors]
}

function co2(device: DeviceFacts, limits: Co2AlertLimits, { nowS }: ServerFacts, maxPauseS: number): Judgement[] {
    const state = co2State(device.co2, limits, nowS, maxPauseS)
    if (state === undefined || state.air === "between") return []
    const ppm = `${state.latestPpm.toLocaleString("en")} ppm`
    const bad = `CO2 ${ppm} for ${durationText(state.forS)}: open a window`
    const values = { co2Ppm: state.latestPpm, limitPpm: limits.co2Ppm, forS: state.forS }
    return [about(device, "co2", state.air === "bad", state.air === "bad" ? bad : `CO2 is down to ${ppm}`, values)]
}

function silence(device: DeviceFacts, { nowS, reachableSinceS, zone }: ServerFacts, afterS: number): Judgement[] {
    if (device.lastSeenAt === null) return []
    const forS = nowS - device.lastSeenAt
    if (forS <= afterS) return [about(device, "silent", false, "it sends readings again", {})]
    if (nowS - reachableSinceS <= afterS) return []
    const last = DateTime.fromSeconds(device.lastSeenAt, { zone }).setLocale("en-GB").toFormat("d MMM, HH:mm")
    const text = `no readings for ${durationText(forS)}, since ${last}: check its power and its Wi-Fi`
    return [about(device, "silent", true, text, { lastSeenAt: device.lastSeenAt, forS })]
}

function judgeSensor(device: DeviceFacts, name: string, sensor: SensorStatus): Judgement[] {
    const part = name.toUpperCase()
    const fault = sensorFault(sensor)
    if (fault === undefined && sensor.state === "starting") return []
    const text = fault === undefined ? `sensor ${part} works again` : `sensor ${part} ${fault}`
    return [about(device, "sensor", fault !== undefined, text, { sensor: name }, name)]
}

function clock({ clockDoubt }: ServerFacts): Judgement {
    const wrong = `The server's clock is in doubt, so no readings are stored; devices keep theirs: ${clockDoubt}`
    const text = clockDoubt === undefined ? "The server's clock is right: readings are stored again" : wrong
    return { key: "clock", kind: "clock", device: null, holds: clockDoubt !== undefined, text, values: {} }
}

function disk({ disk: space }: ServerFacts, { diskFreeMb }: Limits): Judgement[] {
    if (space === undefined) return []
    const freeMb = Math.floor(space.freeBytes / BYTES_A_MB)
    const holds = freeMb < diskFreeMb
    if (!holds && freeMb < diskFreeMb * DISK_MARGIN) return []
    const sizes = `${freeMb.toLocaleString("en")} MB of ${Math.floor(space.totalBytes / BYTES_A_MB).toLocaleString("en")} MB are free`
    const low = `The server's disk is almost full: ${sizes}. Free space, or keep readings for a shorter time`
    const text = holds ? low : `The server's disk has space again: ${sizes}`
    return [{ key: "disk", kind: "disk", device: null, holds, text, values: { freeMb, limitMb: diskFreeMb } }]
}

function edge({ edge: status, nowS, zone }: ServerFacts): Judgement[] {
    if (status === undefined) return []
    const { needsAction: holds, text } = edgeNotice(status, nowS, zone)
    const daysLeft = edgeDaysLeft(status, new Date(nowS * 1000))
    const refused = [
        ...status.devices.filter(({ stand }) => stand === "refuses"),
        ...(status.heldBack[0]?.devices ?? []),
    ]
    const values = {
        outcome: status.outcome,
        devices: [...new Set(refused.map(({ id }) => id))].join(", "),
        ...(daysLeft === undefined ? {} : { daysLeft }),
    }
    return [{ key: "edge", kind: "edge", device: null, holds, text, values }]
}

const endingTexts = {
    certificate: { what: "The server's certificate", next: "Renew it, or browsers will refuse the server" },
    pin: { what: "The pinned certificate", next: "Pin its successor: airpin pin --help" },
}

function ending(
    kind: keyof typeof endingTexts,
    end: Ending | undefined,
    { nowS, zone }: ServerFacts,
    { certificateDays }: Limits,
): Judgement[] {
    if (end === undefined) return []
    const { what, next } = endingTexts[kind]
    const leftS = end.endsAt - nowS
    const date = DateTime.fromSeconds(end.endsAt, { zone }).setLocale("en-GB").toFormat("d MMMM yyyy")
    const holds = leftS < certificateDays * DAY_S
    const when = leftS < 0 ? `ended on ${date}` : `ends in ${durationText(leftS)}, on ${date}`
    const text = holds ? `${what} ${end.subject} ${when}. ${next}` : `${what} ${end.subject} is valid until ${date}`
    return [{ key: kind, kind, device: null, holds, text, values: { subject: end.subject, endsAt: end.endsAt } }]
}

const soonest = (endings: Ending[]) => endings.toSorted((a, b) => a.endsAt - b.endsAt)[0]

/** A judgement about a device, or about a part of it. */
function about(
    { key, id, name }: AlertDevice,
    kind: AlertKind,
    holds: boolean,
    text: string,
    values: Judgement["values"],
    part?: string,
): Judgement {
    const alertKey = [kind, key, ...(part === undefined ? [] : [part])].join(":")
    return { key: alertKey, kind, device: { key, id, name }, holds, text: `${name}: ${text}`, values }
}
