/** `state.json`: what rounds remember from one to the next. This file touches the disk. */
import { readFile, rename } from "node:fs/promises"
import path from "node:path"
import { type EdgeError, type EdgeHeldBack, parseEdgeError, parseHeldBack } from "../../../certs/edge-status.ts"
import { JsonField } from "../../../certs/json-field.ts"
import { PUBLIC_MODE, replaceFile } from "../../../certs/replace-file.ts"
import type { Attempt, BackOff } from "./back-off.ts"
import type { RenewalPlan } from "./due.ts"
import { syncFolder } from "./sync-folder.ts"

const FILE = "state.json"
const STATE_VERSION = 1
const MAX_ERRORS = 10

export interface EdgeState {
    /** of the leaf that serves */
    plan?: RenewalPlan
    /** orders of the last 24 hours, the oldest first */
    attempts: Attempt[]
    /** by name of the source; that of deploying is under DEPLOYING */
    backOff: Map<string, BackOff>
    /** name of the version that a handshake has shown to serve */
    verified?: string
    /** the latest first; since the last certificate was deployed */
    errors: EdgeError[]
    /** what devices would refuse; since the last certificate was deployed */
    heldBack: EdgeHeldBack[]
}

/** The key of the back-off after a chain was put back. */
export const DEPLOYING = "deploying"

const emptyState = (): EdgeState => ({ attempts: [], backOff: new Map(), errors: [], heldBack: [] })

/**
 * The state in a folder; an empty one if there is none. A damaged one is renamed to state.json.damaged: nothing in it is
 * worth more than the next certificate.
 *
 * @returns `problem` says that it was damaged
 */
export async function readState(folder: string): Promise<{ state: EdgeState; problem?: string }> {
    try {
        return { state: await parseState(folder) }
    } catch (error) {
        if (error instanceof Error && "syscall" in error) throw error // it cannot be read at all
        const what = error instanceof Error ? error.message : String(error)
        const file = path.join(folder, FILE)
        await rename(file, `${file}.damaged`)
        return { state: emptyState(), problem: `${file} was damaged (${what}); it is ${FILE}.damaged now` }
    }
}

/** The state in a folder; an empty one if there is none. @throws Error if it is damaged */
export async function parseState(folder: string): Promise<EdgeState> {
    const text = await readFile(path.join(folder, FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined
        throw error
    })
    return text === undefined ? emptyState() : parse(JsonField.parse(text))
}

/** Writes it completely or not at all, and waits until it is on the disk. */
export async function writeState(folder: string, state: EdgeState): Promise<void> {
    const { backOff, errors, ...others } = state
    const document = {
        version: STATE_VERSION,
        ...others,
        backOff: Object.fromEntries(backOff),
        errors: errors.slice(0, MAX_ERRORS),
    }
    await replaceFile(folder, FILE, `${JSON.stringify(document, null, 4)}\n`, PUBLIC_MODE)
    await syncFolder(folder)
}

function parse(json: JsonField): EdgeState {
    json.at("version").literal(STATE_VERSION)
    return {
        ...(json.has("plan") && { plan: parsePlan(json.at("plan")) }),
        attempts: json.at("attempts").list(one => ({ atMs: one.at("atMs").count(), source: one.at("source").text() })),
        backOff: json
            .at("backOff")
            .map(one => ({ failures: one.at("failures").count(), untilMs: one.at("untilMs").count() })),
        ...(json.has("verified") && { verified: json.at("verified").text() }),
        errors: json.at("errors").list(parseEdgeError),
        heldBack: json.at("heldBack").list(parseHeldBack),
    }
}

function parsePlan(json: JsonField): RenewalPlan {
    return {
        leafSha256: json.at("leafSha256").sha256(),
        ...(json.has("window") && { window: parseWindow(json.at("window")) }),
        ...(json.has("chosenMs") && { chosenMs: json.at("chosenMs").count() }),
        pollAtMs: json.at("pollAtMs").count(),
        ...(json.has("problem") && { problem: json.at("problem").text() }),
    }
}

function parseWindow(json: JsonField): NonNullable<RenewalPlan["window"]> {
    return {
        startMs: json.at("startMs").count(),
        endMs: json.at("endMs").count(),
        ...(json.has("explanationUrl") && { explanationUrl: json.at("explanationUrl").text() }),
    }
}
