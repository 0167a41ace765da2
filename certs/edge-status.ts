/**
 * What a round of `airpin renew` reports: `--status` shows it, and the service reads it from the database for its
 * metrics, alerts and page. It has no secret in it.
 */
import { JsonField } from "./json-field.ts"

/** - attention: needs attention soon; - refused: a chain is held back, or devices would refuse what serves */
export const EDGE_OUTCOMES = ["fine", "failed", "attention", "refused"] as const
export type EdgeOutcome = (typeof EDGE_OUTCOMES)[number]

/** What a device does with the chain: unknown if no manifest of it is known. */
export const DEVICE_STANDS = ["accepts", "refuses", "unknown"] as const

/** One device and the chain that serves. */
export interface EdgeDevice {
    id: string
    name: string
    stand: (typeof DEVICE_STANDS)[number]
    /** subject of the anchor through which it accepts the chain */
    anchor?: string
    /** one sentence for people */
    reason: string
}

/** The chain that serves. */
export interface EdgeChain {
    /** where it comes from: the host of the CA's directory, or "certbot" */
    source: string
    /** "default", "alternate 1 (Root Y)" … */
    label: string
    names: string[]
    /** "P-256", "P-384" or "RSA-2048" */
    keyType: string
    /** subjects, leaf first */
    path: string[]
    /** SHA-256 of the leaf, lower-case hex */
    leafSha256: string
    /** ISO 8601, UTC; of the leaf */
    notBefore: string
    notAfter: string
    /** a real handshake has shown that it serves */
    verified: boolean
}

/** A chain that was not deployed because devices would refuse it. */
export interface EdgeHeldBack {
    source: string
    label: string
    keyType: string
    /** the devices that would refuse it, or might; at most MAX_NAMED of them */
    devices: { id: string; name: string; reason: string }[]
    /** number of these devices, also of those not named */
    count: number
}

/** An error of a round. */
export interface EdgeError {
    /** ISO 8601, UTC */
    at: string
    code: string
    message: string
    nextStep: string
}

/** The devices named per chain that is held back; `count` has all. */
export const MAX_NAMED = 20

/** The result of a round. All times are ISO 8601, UTC. */
export interface EdgeStatus {
    version: 1
    /** end of the round */
    at: string
    names: string[]
    outcome: EdgeOutcome
    /** what the outcome means, in sentences for people */
    reasons: string[]
    /** absent before the first certificate */
    live?: EdgeChain
    /** when the next round has something to do, and why then */
    nextLook: { at: string; why: string }
    /** what is held back now; empty if nothing is */
    heldBack: EdgeHeldBack[]
    /** the latest first; since the last certificate was deployed */
    errors: EdgeError[]
    /** those not revoked */
    devices: EdgeDevice[]
}

/** Whole days until the chain that serves ends, negative after its end; undefined if nothing serves. */
export function edgeDaysLeft({ live }: EdgeStatus, now: Date): number | undefined {
    return live && Math.floor((Date.parse(live.notAfter) - now.getTime()) / DAY_MS)
}

const DAY_MS = 24 * 3600 * 1000

/**
 * The status in the text of a JSON document, with every field checked.
 *
 * @throws Error that names the field which is wrong
 */
export function parseEdgeStatus(text: string): EdgeStatus {
    const json = JsonField.parse(text)
    const nextLook = json.at("nextLook")
    return {
        version: json.at("version").literal(1),
        at: timeOf(json.at("at")),
        names: json.at("names").list(name => name.text()),
        outcome: json.at("outcome").oneOf(EDGE_OUTCOMES),
        reasons: json.at("reasons").list(reason => reason.text()),
        ...(json.has("live") && { live: parseChain(json.at("live")) }),
        nextLook: { at: timeOf(nextLook.at("at")), why: nextLook.at("why").text() },
        heldBack: json.at("heldBack").list(parseHeldBack),
        errors: json.at("errors").list(parseEdgeError),
        devices: json.at("devices").list(parseDevice),
    }
}

const timeOf = (json: JsonField) => json.matching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, "a time as YYYY-MM-DDTHH:MM:SSZ")

function parseChain(json: JsonField): EdgeChain {
    return {
        source: json.at("source").text(),
        label: json.at("label").text(),
        names: json.at("names").list(name => name.text()),
        keyType: json.at("keyType").text(),
        path: json.at("path").list(subject => subject.text()),
        leafSha256: json.at("leafSha256").sha256(),
        notBefore: timeOf(json.at("notBefore")),
        notAfter: timeOf(json.at("notAfter")),
        verified: json.at("verified").flag(),
    }
}

/** @throws Error that names the field which is wrong */
export function parseHeldBack(json: JsonField): EdgeHeldBack {
    return {
        source: json.at("source").text(),
        label: json.at("label").text(),
        keyType: json.at("keyType").text(),
        devices: json.at("devices").list(device => ({
            id: device.at("id").text(),
            name: device.at("name").text(),
            reason: device.at("reason").text(),
        })),
        count: json.at("count").count(),
    }
}

/** @throws Error that names the field which is wrong */
export function parseEdgeError(json: JsonField): EdgeError {
    return {
        at: timeOf(json.at("at")),
        code: json.at("code").text(),
        message: json.at("message").text(),
        nextStep: json.at("nextStep").text(),
    }
}

function parseDevice(json: JsonField): EdgeDevice {
    return {
        id: json.at("id").text(),
        name: json.at("name").text(),
        stand: json.at("stand").oneOf(DEVICE_STANDS),
        ...(json.has("anchor") && { anchor: json.at("anchor").text() }),
        reason: json.at("reason").text(),
    }
}
