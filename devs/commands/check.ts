import { backupWarning } from "../../certs/backup.ts"
import {
    type CheckResult,
    type CheckState,
    checkChain,
    dateNoticeJson,
    dateText,
    mostSevere,
} from "../../certs/check.ts"
import { deviceAccepts } from "../../certs/device.ts"
import { AirpinError } from "../../certs/error.ts"
import { errorRow } from "../../certs/error-codes/table.ts"
import { readLock } from "../../certs/lock.ts"
import { type PresentedChain, presentedChain, readPresentedChains } from "../../certs/presented-chains.ts"
import type { Certificate } from "../../certs/x509/certificate.ts"
import type { Terminal } from "../display/terminal.ts"
import { showFileJudged } from "../display/trust.ts"
import { type ManifestFile, readManifests } from "../image/manifest/manifest-file.ts"
import { type DeviceChain, furtherChains, type PresentedServer, presentedBy } from "../pins/presented-server.ts"
import { parseServerAddresses, type ServerAddress } from "../pins/server-address.ts"
import { type Command, exitCodes } from "./command.ts"

interface CheckOptions {
    /** HOST[:PORT] of each server; default: those of the lock */
    host?: string[]
    /** the name devices use, if it is not the host */
    servername?: string
    /** file to check instead of the chain that the server presents */
    chain?: string
    pinned: string
    days?: number
    /** folder with the manifests of flashed images */
    images: string
}

/** The result for one server that could be reached. */
interface Checked {
    host: string
    server: PresentedServer
    /** the most severe of the chains that devices get, on which the result is */
    judged: DeviceChain
    presented: PresentedChain
    before?: PresentedChain | undefined
    result: CheckResult
    images: ImageVerdict[]
}
/** Whether devices with this image accept the chain that the server presents. */
interface ImageVerdict {
    image: string
    board: string
    accepted: boolean
    /** one sentence for people */
    reason: string
}
/** A server that could not be reached, or with which devices have no handshake. */
interface Unreachable {
    host: string
    error: AirpinError
}

/** The exit code of each state. */
const checkCodes: Record<CheckState, number> = {
    current: exitCodes.fine,
    renewed: exitCodes.fine,
    rotated: exitCodes.attention,
    expiring: exitCodes.attention,
    refused: exitCodes.refused,
}

/** The exit code for several servers is the most severe one. */
const BY_SEVERITY = [exitCodes.refused, exitCodes.failed, exitCodes.attention, exitCodes.fine]

/** `airpin pin --check`: compares the chains that the servers present now with the lock. Writes nothing. */
export const check: Command<CheckOptions> = async (options, terminal) => {
    const lock = await readLock(options.pinned)
    const records = await readPresentedChains(options.pinned)
    const isNamed = (options.host ?? []).length > 0 || options.servername !== undefined
    const servers = isNamed
        ? parseServerAddresses(options)
        : lock.hosts.flatMap(host => parseServerAddresses({ host: [host] }))
    if (servers.length === 0)
        throw new AirpinError("HOST_MISSING", `the lock in ${options.pinned} names no server`, "name one: HOST[:PORT]")
    const anchors = lock.anchors.map(({ certificate }) => certificate)
    const { manifests, problems, unverified } = await readManifests(options.images)
    const outcomes: (Checked | Unreachable)[] = []
    for (const server of servers) {
        terminal.progress(`${server.label} …`)
        outcomes.push(await checkServer(server, { anchors, records, manifests }, options))
    }
    const found = outcomes.map(codeOf)
    const code = BY_SEVERITY.find(one => found.includes(one)) ?? exitCodes.fine
    const backup = backupWarning(lock.anchors)
    const warnings = [...outcomes.flatMap(serverWarnings), ...(backup ? [backup] : []), ...problems, ...unverified]
    if (!terminal.quiet || code !== exitCodes.fine || problems.length > 0) show(terminal, outcomes, warnings)
    return code
}

/** The pins, and the manifests of the images made from them. */
interface Known {
    anchors: Certificate[]
    records: Map<string, PresentedChain>
    manifests: ManifestFile[]
}

async function checkServer(
    server: ServerAddress,
    { anchors, records, manifests }: Known,
    { servername, chain, days }: CheckOptions,
): Promise<Checked | Unreachable> {
    const host = server.label
    const before = records.get(host)
    const serverName = servername ?? before?.serverName ?? server.serverName
    try {
        const presented = await presentedBy({ ...server, serverName }, chain)
        const request = { anchors, serverName, before: knownBefore(before, presented), now: new Date() }
        const [first, ...more] = presented.toDevices
        const check = (judged: DeviceChain) => {
            const { chain, keyExchange } = judged
            return {
                judged,
                result: checkChain(chain, { ...request, keyExchange, ...(days !== undefined && { days }) }),
            }
        }
        const { judged, result } = mostSevere([check(first), ...more.map(check)])
        const images = manifests
            .filter(({ manifest }) => manifest.hosts.includes(host))
            .map(each => judgeImage(each, presented.toDevices, serverName))
        const record = presentedChain(serverName, judged.chain)
        return { host, server: presented, judged, presented: record, before, result, images }
    } catch (error) {
        if (error instanceof AirpinError) return { host, error }
        throw error
    }
}

/** The record; undefined if it is of the chain for other clients, as airpin took it until it also asked as the chip. */
function knownBefore(before: PresentedChain | undefined, { toOthers }: PresentedServer): PresentedChain | undefined {
    if (!before || before.others || !toOthers) return before
    const { path } = presentedChain(before.serverName, toOthers)
    return path.every(({ certificateSha256 }, at) => before.path[at]?.certificateSha256 === certificateSha256)
        ? undefined
        : before
}

/** The image's verdict on the chains that devices get: on the first that it refuses, if there is one. */
function judgeImage({ image, manifest }: ManifestFile, chains: DeviceChain[], serverName: string): ImageVerdict {
    const bundle = Buffer.from(manifest.bundle, "base64")
    const verdicts = chains.map(({ chain, keyExchange }) =>
        deviceAccepts(
            chain.map(({ der }) => der),
            bundle,
            serverName,
            keyExchange,
        ),
    )
    const { accepted = false, reason = "" } = verdicts.find(verdict => !verdict.accepted) ?? verdicts[0] ?? {}
    return { image, board: manifest.board.name, accepted, reason }
}

function serverWarnings(outcome: Checked | Unreachable): string[] {
    return "error" in outcome ? [] : [...outcome.server.unreachable, ...outcome.server.warnings]
}

/** Images in the field count as much as the lock. */
function codeOf(outcome: Checked | Unreachable): number {
    if ("error" in outcome) return isRefusal(outcome) ? exitCodes.refused : exitCodes.failed
    const { images, result, server } = outcome
    if (images.some(({ accepted }) => !accepted)) return exitCodes.refused
    const code = checkCodes[result.state]
    return code === exitCodes.fine && server.unreachable.length > 0 ? exitCodes.attention : code
}

/** True if the server responds, and devices cannot connect to it. */
const isRefusal = ({ error }: Unreachable) => errorRow(error.code).exit === exitCodes.refused

function show(terminal: Terminal, outcomes: (Checked | Unreachable)[], warnings: string[]): void {
    for (const outcome of outcomes) {
        if ("error" in outcome) showError(terminal, outcome)
        else if (!terminal.quiet || codeOf(outcome) !== exitCodes.fine) showChecked(terminal, outcome)
    }
    for (const warning of warnings) terminal.warn(warning)
    terminal.result({ servers: outcomes.map(describe), warnings })
}

function showError(terminal: Terminal, outcome: Unreachable): void {
    const { host, error } = outcome
    const what = error.message.startsWith(host) ? error.message : `${host}: ${error.message}`
    terminal.line(isRefusal(outcome) ? "refused" : "failed", terminal.paint("red", `${what} [${error.code}]`))
    if (error.nextStep) terminal.line("next", error.nextStep)
}

const colours = { current: "green", renewed: "green", rotated: "yellow", expiring: "yellow", refused: "red" } as const

function showChecked(terminal: Terminal, { host, server, judged, presented, before, result, images }: Checked): void {
    const { state, urgent, reason, dates, change, faults } = result
    terminal.line(
        state,
        terminal.paint(colours[state], `${host}: ${urgent && state !== "refused" ? "URGENT: " : ""}${reason}`),
    )
    const more = state === "expiring" ? dates.slice(1) : dates
    for (const notice of more) terminal.line("", dateText(notice))
    for (const { text } of state === "refused" ? [] : faults) terminal.line("", text)
    if (server.file !== undefined) showFileJudged(terminal, server.file)
    if (change === "path") showPaths(terminal, before, presented)
    showFurtherChains(terminal, server, judged)
    showImages(terminal, images)
    const step = nextStep(result, host, images)
    if (step) terminal.line("next", step)
}

function showPaths(terminal: Terminal, before: PresentedChain | undefined, now: PresentedChain): void {
    if (before) terminal.line("was", pathText(before.path))
    terminal.line("is", pathText(now.path))
}

const pathText = (path: { subject: string }[]) => path.map(({ subject }) => subject).join("  ←  ")

/** The chains besides the one that the result is on, and at which address that one was sent. */
function showFurtherChains(terminal: Terminal, { toDevices, toOthers }: PresentedServer, judged: DeviceChain): void {
    if (toDevices.length > 1) terminal.line("", `this chain is sent at ${judged.addresses.join(", ")}`)
    for (const other of toDevices.filter(one => one !== judged))
        terminal.line("also", `${pathText(other.chain)}, at ${other.addresses.join(", ")}`)
    if (toOthers) terminal.line("to others", pathText(toOthers))
}

function showImages(terminal: Terminal, images: ImageVerdict[]): void {
    for (const [at, { image, board, accepted, reason }] of images.entries()) {
        const text = accepted
            ? `${image} (${board}): accepts it`
            : terminal.paint("red", `${image} (${board}): ${reason}`)
        terminal.line(at === 0 ? "images" : "", text)
    }
}

function nextStep({ state, dates, change }: CheckResult, host: string, images: ImageVerdict[]): string | undefined {
    const refusing = images.find(({ accepted }) => !accepted)?.image
    if (state !== "refused" && refusing) return `airpin image --repin ${refusing}, then flash the devices that run it`
    if (state === "refused")
        return "let the server present its previous chain again, or flash devices with anchors for the new one"
    if (state === "expiring")
        return dates[0]?.of === "chain"
            ? `renew it at ${host}`
            : "pin again, and flash the devices while they still accept the server"
    if (state === "rotated") return `review the new path, then: airpin pin ${host}`
    return change === "unknown" ? `to record its chain: airpin pin ${host}` : undefined
}

/** The result for --json. */
function describe(outcome: Checked | Unreachable): unknown {
    const { host } = outcome
    if ("error" in outcome) {
        const { code, message, nextStep } = outcome.error
        return { host, ...(isRefusal(outcome) && { state: "refused" }), error: { code, message, nextStep } }
    }
    const { state, urgent, reason, change, dates, faults, verdict } = outcome.result
    const { serverName, path } = outcome.presented
    const { images, server } = outcome
    const others = furtherChains(server)
    return {
        host,
        judged: server.file === undefined ? "handshake" : "certificates",
        serverName,
        state,
        urgent,
        reason,
        change,
        dates: dates.map(dateNoticeJson),
        faults,
        presented: path,
        ...(others.length > 0 && { others: others.map(chain => presentedChain(serverName, chain).path) }),
        accepted: verdict.accepted,
        images,
    }
}
